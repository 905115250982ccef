//! Mail: written into the database in the transaction that it belongs to, and sent from there.
//!
//! So nothing waits for a mail server, a restart loses no mail, and of a change that is rolled back
//! nobody hears. What a mail says is sealed, because there are links in it.

mod delivery;
pub mod letters;

pub use delivery::{deliver_due, run};

use super::{clock::Timestamp, config::Config, public_url::is_loopback, state::AppState};
use crate::{
    api::types::OutboxMail,
    auth::server::seal,
    db::mail::{self, MailRow},
    error::AppError,
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
pub struct Letter {
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
}

impl std::fmt::Debug for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Letter").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// Posts a letter: it goes out once the transaction behind `db` is committed.
///
/// # Errors
/// The database's.
pub async fn post(
    db: &impl ConnectionTrait,
    state: &AppState,
    letter: Letter,
) -> Result<(), AppError> {
    let (id, now) = (Uuid::now_v7(), state.clock.now());
    let content =
        serde_json::to_vec(&letter).context("writing a letter").map_err(AppError::internal)?;
    let sealed = seal::seal(state.keys.newest(), id.as_bytes(), &content)?;
    mail::insert(db, id, sealed, now, now.plus(letter.lifetime)).await?;
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
    let Config { demo, smtp, public_url, .. } = &state.config;
    *demo && smtp.is_none() && is_loopback(public_url)
}

/// The mail that lies here, newest first, 50 at the most.
///
/// # Errors
/// The database's.
pub async fn outbox(state: &AppState) -> Result<Vec<OutboxMail>, AppError> {
    let rows = mail::list(&state.db).await?;
    // What an older secret sealed that is gone can't be read any more.
    let readable = rows.iter().filter_map(|row| Some((read(state, row).ok()?, row.created_at)));
    Ok(readable.map(|(letter, at)| shown(letter, at)).collect())
}

fn shown(letter: Letter, at: Timestamp) -> OutboxMail {
    let Letter { to, subject, text, link, .. } = letter;
    OutboxMail { to, subject, text, link, at: at.rfc3339() }
}

fn read(state: &AppState, row: &MailRow) -> Result<Letter, AppError> {
    let content = seal::open(&state.keys, row.id.as_bytes(), &row.content)?;
    serde_json::from_slice(&content).context("reading a letter").map_err(AppError::internal)
}
