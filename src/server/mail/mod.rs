//! Mail: written into the database in the transaction that it belongs to, and sent from there.
//!
//! So nothing waits for a mail server, a restart loses no mail, and a change that is rolled back sends
//! none. What a mail says is sealed, because there are links in it.

pub mod address;
mod delivery;
mod message;
mod outbox_lock;
mod roots;
pub mod smtp;
pub mod smtp_url;
pub mod templates;

pub use delivery::{deliver_due, run};
pub use outbox_lock::OutboxLock;

use super::{
    config::Config, encryption, error::ServiceError, public_url::is_loopback, state::AppState,
};
use crate::{
    db::mail::{self, MailRow, NewMail},
    engine::clock::Timestamp,
    protocol::{error::AppError, json_api::OutboxMail},
};
use anyhow::Context;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;

/// How long a mail lies in the outbox after it is too late to send it.
pub const KEPT_AFTER_EXPIRY: Duration = Duration::from_secs(24 * 60 * 60);

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
pub async fn post(
    db: &impl ConnectionTrait,
    state: &AppState,
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
    let (id, now) = (Uuid::now_v7(), state.clock.now());
    let content =
        serde_json::to_vec(&letter).context("writing a letter").map_err(ServiceError::internal)?;
    let sealed = encryption::seal(state.keys.newest(), id.as_bytes(), &content)?;
    let (is_notice, expires_at) = (letter.is_notice, now.plus(letter.lifetime));
    mail::insert(db, NewMail { id, content: sealed, is_notice, expires_at }, now).await?;
    if state.config.smtp.is_none() {
        let place = outbox_place(state);
        tracing::info!(subject = letter.subject, place, "mail is not sent, it lies in the outbox");
    }
    state.mail_waits.notify_one();
    Ok(())
}

/// Where the mail is that is not sent.
fn outbox_place(state: &AppState) -> String {
    if shows_outbox(state) {
        format!("{}outbox", state.config.public_url)
    } else {
        "the database; HANDSTAMP_SMTP_URL sends it".to_owned()
    }
}

/// Whether the page `/outbox` shows the mail: in demo mode, if nothing is sent and the public URL is
/// loopback. Any other server would show the links of all users to every visitor.
pub fn shows_outbox(state: &AppState) -> bool {
    has_outbox(&state.config)
}

fn has_outbox(config: &Config) -> bool {
    let Config { demo, smtp, public_url, .. } = config;
    *demo && smtp.is_none() && is_loopback(public_url)
}

/// What an operator should know at the start: settings with which mail is read on its way or doesn't arrive.
pub fn warnings(config: &Config) -> Vec<&'static str> {
    let Some(smtp) = &config.smtp else {
        let lost = "HANDSTAMP_SMTP_URL is not set: e-mail links will not be delivered";
        return if has_outbox(config) { Vec::new() } else { vec![lost] };
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

/// The mail that lies here, newest first, at most 50.
pub async fn outbox(state: &AppState) -> Result<Vec<OutboxMail>, ServiceError> {
    let rows = mail::list(&state.db).await?;
    // What an older secret sealed that is gone can't be read any more.
    let readable = rows.iter().filter_map(|row| Some((read(state, row).ok()?, row.created_at)));
    Ok(readable.map(|(letter, at)| shown(letter, at)).collect())
}

fn shown(letter: MailContent, at: Timestamp) -> OutboxMail {
    let MailContent { to, subject, text, link, .. } = letter;
    OutboxMail { to, subject, text, link, at: at.rfc3339() }
}

fn read(state: &AppState, row: &MailRow) -> Result<MailContent, ServiceError> {
    let content = encryption::open(&state.keys, row.id.as_bytes(), &row.content)?;
    serde_json::from_slice(&content).context("reading a letter").map_err(ServiceError::internal)
}
