//! Mail: written into the database in the transaction that it belongs to, and sent from there.
//!
//! So nothing waits for a mail server, a restart loses no mail, and a change that is rolled back sends
//! none. What a mail says is sealed, because there are links in it.

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

use crate::db::{
    Database,
    mail::{self, MailRow, NewMail},
};
use crate::{encryption, error::ServiceError, public_url::is_loopback};
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

/// How long a mail lies in the outbox after it is too late to send it.
pub const KEPT_AFTER_EXPIRY: Duration = Duration::from_secs(24 * 60 * 60);

/// Queues mail and sends it. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct Mailer {
    db: Database,
    /// The time.
    pub clock: Clock,
    keys: Arc<KeyRing>,
    public_url: Url,
    smtp: Option<Smtp>,
    templates: Arc<dyn MailTemplates>,
    shows_outbox: bool,
    /// Wakes the senders.
    queued: Arc<Notify>,
}

impl Mailer {
    /// Queues in `db`, and sends with `smtp`. Without it, mail stays in the database; in a demo on a loopback URL,
    /// the page `/outbox` shows it. Any other server would show the links of all users to every visitor.
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

    /// Returns whether the page `/outbox` shows the mail.
    pub fn shows_outbox(&self) -> bool {
        self.shows_outbox
    }

    /// Returns the settings of the mail server with which mail can be read in transit or is not delivered.
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

/// What a mail says.
#[derive(Clone, Serialize, Deserialize)]
pub struct MailContent {
    /// Who gets it.
    pub to: String,
    /// The line that the person sees first.
    pub subject: String,
    /// For programs that show no HTML.
    pub text: String,
    /// For all others.
    pub html: String,
    /// What it asks the person to open.
    pub link: Option<String>,
    /// How long it is worth sending.
    pub lifetime: Duration,
    /// Whether it is a security notice, which no link holds up.
    #[serde(default)]
    pub is_notice: bool,
}

impl std::fmt::Debug for MailContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailContent").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// Posts a letter: it goes out once the transaction behind `db` is committed.
///
/// # Errors
/// `validation` of the field `email` for a link to an address that no mail server takes: a link that can't be
/// sent must not be promised. Also fails if the database does.
pub async fn enqueue(
    db: &impl ConnectionTrait,
    mailer: &Mailer,
    letter: MailContent,
) -> Result<(), ServiceError> {
    if address::recipient(&letter.to).is_none() {
        if letter.is_notice {
            // What it reports has to happen all the same.
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
        serde_json::to_vec(&letter).context("writing a letter").map_err(ServiceError::internal)?;
    let sealed = encryption::encrypt(mailer.keys.newest(), id.as_bytes(), &content)?;
    let (is_notice, expires_at) = (letter.is_notice, now.plus(letter.lifetime));
    mail::insert(db, NewMail { id, content: sealed, is_notice, expires_at }, now).await?;
    if mailer.smtp.is_none() {
        let place = outbox_place(mailer);
        tracing::info!(subject = letter.subject, place, "mail is not sent, it lies in the outbox");
    }
    mailer.queued.notify_one();
    Ok(())
}

/// Where the mail is that is not sent.
fn outbox_place(mailer: &Mailer) -> String {
    if mailer.shows_outbox {
        format!("{}outbox", mailer.public_url)
    } else {
        "the database; HANDSTAMP_SMTP_URL sends it".to_owned()
    }
}

/// Returns the queued mail with the time of its creation, newest first, at most 50.
pub async fn queued(mailer: &Mailer) -> Result<Vec<(MailContent, Timestamp)>, ServiceError> {
    let rows = mail::list(&mailer.db.reader).await?;
    // A mail that was encrypted with a server secret that was removed can't be read any more.
    let readable = rows.iter().filter_map(|row| Some((read(mailer, row).ok()?, row.created_at)));
    Ok(readable.collect())
}

fn read(mailer: &Mailer, row: &MailRow) -> Result<MailContent, ServiceError> {
    let content = encryption::decrypt(&mailer.keys, row.id.as_bytes(), &row.content)?;
    serde_json::from_slice(&content).context("reading a letter").map_err(ServiceError::internal)
}
