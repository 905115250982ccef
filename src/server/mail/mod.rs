//! The queue of e-mails. An e-mail is written to the database in the transaction that it belongs to, and sent from
//! there.
//!
//! No request waits for a mail server, a restart loses no e-mail, and a change that is rolled back sends none. The
//! content is encrypted, because it contains links.

pub mod address;
mod delivery;
pub mod link_purpose;
mod message;
mod outbox_lock;
mod roots;
pub mod smtp;
pub mod smtp_url;
pub mod templates;

pub use delivery::{deliver_due, run};
pub use outbox_lock::OutboxLock;

use crate::{
    db::{
        Database,
        mail::{self, MailRow, NewMail},
    },
    encryption,
    error::ServiceError,
    public_url::is_loopback,
};
use anyhow::Context;
use handstamp_engine::{
    clock::{Clock, Timestamp},
    keys::KeyRing,
};
use handstamp_protocol::error::AppError;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use smtp::Smtp;
use std::{sync::Arc, time::Duration};
use templates::MailTemplates;
use tokio::sync::Notify;
use url::Url;
use uuid::Uuid;

/// How long an e-mail is kept after it has expired.
pub const KEPT_AFTER_EXPIRY: Duration = Duration::from_secs(24 * 60 * 60);

/// Enqueues and sends e-mails. A clone shares the queue.
#[derive(Debug, Clone)]
pub struct Mailer {
    db: Database,
    pub clock: Clock,
    keys: Arc<KeyRing>,
    pub(crate) public_url: Url,
    smtp: Option<Smtp>,
    templates: Arc<dyn MailTemplates>,
    shows_outbox: bool,
    /// Notifies a worker of a new e-mail.
    queued: Arc<Notify>,
}

impl Mailer {
    /// Enqueues in `db`, and sends with `smtp`. Without `smtp`, e-mails stay in the database. In a demo on a loopback
    /// URL, the page `/outbox` shows them; on any other server it would disclose the links of all users to every
    /// visitor.
    pub fn new(
        db: Database,
        clock: Clock,
        keys: Arc<KeyRing>,
        public_url: Url,
        smtp: Option<Smtp>,
        templates: Arc<dyn MailTemplates>,
        demo: bool,
    ) -> Self {
        let shows_outbox = demo && smtp.is_none() && is_loopback(&public_url);
        let queued = Arc::new(Notify::new());
        Self { db, clock, keys, public_url, smtp, templates, shows_outbox, queued }
    }

    /// Returns whether the page `/outbox` shows the e-mails.
    pub fn shows_outbox(&self) -> bool {
        self.shows_outbox
    }

    /// Returns a warning for each setting with which e-mails can be read in transit or are not delivered.
    pub fn warnings(&self) -> Vec<&'static str> {
        let Some(smtp) = &self.smtp else {
            let lost = "HANDSTAMP_SMTP_URL is not set: e-mail links will not be delivered";
            return if self.shows_outbox { Vec::new() } else { vec![lost] };
        };
        let mut warnings = Vec::new();
        if smtp.is_open() {
            warnings.push("HANDSTAMP_SMTP_URL sends mail unencrypted to another machine: smtps://, or ?tls=required");
        }
        if smtp.has_local_sender() {
            warnings.push("HANDSTAMP_MAIL_FROM is an address at localhost, which mail servers refuse as the sender");
        }
        warnings
    }
}

/// The content of an e-mail.
#[derive(Clone, Serialize, Deserialize)]
pub struct MailContent {
    /// The recipient.
    pub to: String,
    pub subject: String,
    /// The body for mail programs that don't show HTML.
    pub text: String,
    /// The body as HTML.
    pub html: String,
    /// The link in the body, if any.
    pub link: Option<String>,
    /// The time after which it is no longer sent.
    pub lifetime: Duration,
    /// Whether it is a security notice, which is sent before other e-mails.
    #[serde(default)]
    pub is_notice: bool,
}

impl std::fmt::Debug for MailContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailContent").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// Enqueues an e-mail. It is sent after the transaction of `db` has been committed.
///
/// # Errors
/// Fails with `validation` of the field `email` for a link to an undeliverable address, so that the response does not
/// promise a link that can't be sent.
pub async fn enqueue(
    db: &impl ConnectionTrait,
    mailer: &Mailer,
    email: MailContent,
) -> Result<(), ServiceError> {
    if address::recipient(&email.to).is_none() {
        if email.is_notice {
            // An undeliverable notice must not prevent the change that it reports.
            tracing::warn!(
                event = "notice_undeliverable",
                "a notice was not sent: no mail server accepts the address of the account"
            );
            return Ok(());
        }
        return Err(AppError::field("email", "Mail can't be delivered to this address.").into());
    }
    let (id, now) = (Uuid::now_v7(), mailer.clock.now());
    let content =
        serde_json::to_vec(&email).context("encoding an e-mail").map_err(ServiceError::internal)?;
    let sealed = encryption::encrypt(mailer.keys.newest(), id.as_bytes(), &content)?;
    let (is_notice, expires_at) = (email.is_notice, now.plus(email.lifetime));
    mail::insert(db, NewMail { id, content: sealed, is_notice, expires_at }, now).await?;
    if mailer.smtp.is_none() {
        let place = outbox_place(mailer);
        tracing::info!(subject = email.subject, place, "mail is not sent, it stays in the outbox");
    }
    mailer.queued.notify_one();
    Ok(())
}

/// Returns where an operator finds e-mails that are not sent.
fn outbox_place(mailer: &Mailer) -> String {
    if mailer.shows_outbox {
        format!("{}outbox", mailer.public_url)
    } else {
        "the database; set HANDSTAMP_SMTP_URL to send it".to_owned()
    }
}

/// Returns the queued e-mails with the time of their creation, newest first, at most 50.
pub async fn queued(mailer: &Mailer) -> Result<Vec<(MailContent, Timestamp)>, ServiceError> {
    let rows = mail::list(&mailer.db.reader).await?;
    // An e-mail can't be decrypted if its server secret was removed.
    let readable = rows.iter().filter_map(|row| Some((read(mailer, row).ok()?, row.created_at)));
    Ok(readable.collect())
}

fn read(mailer: &Mailer, row: &MailRow) -> Result<MailContent, ServiceError> {
    let content = encryption::decrypt(&mailer.keys, row.id.as_bytes(), &row.content)?;
    serde_json::from_slice(&content).context("decoding an e-mail").map_err(ServiceError::internal)
}
