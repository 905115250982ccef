//! Sends what lies in the queue: at once, again with longer and longer pauses if the mail server is down, slow or
//! refuses, and never longer than the mail is worth reading.

use super::Mailer;
use super::{
    address,
    message::message,
    read,
    smtp::{SEND_TIMEOUT, SendError, Smtp},
};
use crate::{
    db::{
        mail::{self, Kind, MailRow},
        with_timeout,
    },
    error::ServiceError,
};
use futures::future::join_all;
use handstamp_engine::clock::Timestamp;
use std::time::Duration;

/// A mail that a sender has taken belongs to it for this long: longer than [`SEND_TIMEOUT`].
const LEASE: Duration = Duration::from_secs(60);
const _: () = assert!(LEASE.as_secs() > 2 * SEND_TIMEOUT.as_secs());

/// The queue is looked at this often, also if nothing says that there is mail.
const LOOK: Duration = Duration::from_secs(5);

/// How long a transaction with mail in it usually takes to its end.
const COMMIT: Duration = Duration::from_millis(50);

/// Who takes which mails first, one sender an entry, all of them at once: a mail that a mail server is slow with
/// holds no other up. The first sender takes security notices as long as there are any, so that a flood of links
/// doesn't hold them back.
const SENDERS: [Kind; 4] = [Kind::Notices, Kind::All, Kind::All, Kind::All];

const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);

/// Sends mail until it is dropped. Does nothing if no mail server is set.
pub async fn run(mailer: Mailer) {
    if mailer.smtp.is_none() {
        std::future::pending::<()>().await;
    }
    join_all(SENDERS.map(|first| keep_sending(&mailer, first))).await;
}

async fn keep_sending(mailer: &Mailer, first: Kind) {
    loop {
        if let Err(error) = deliver(mailer, first).await {
            // What it was is in the log already.
            tracing::warn!(event = "mail_queue_failed", code = ?error.code, "the mail queue could not be read");
        }
        if tokio::time::timeout(LOOK, mailer.queued.notified()).await.is_ok() {
            // What says that there is mail has yet to commit it.
            tokio::time::sleep(COMMIT).await;
        }
    }
}

/// Sends all that is due, a few at once. Returns how many mails went out.
///
/// # Errors
/// The database's. What a mail server says is in the log, and the mail stays.
pub async fn deliver_due(mailer: &Mailer) -> Result<usize, ServiceError> {
    let sent = join_all(SENDERS.map(|first| deliver(mailer, first))).await;
    sent.into_iter().sum()
}

/// Sends what is due, one after the other.
async fn deliver(mailer: &Mailer, first: Kind) -> Result<usize, ServiceError> {
    let Some(smtp) = &mailer.smtp else { return Ok(0) };
    let mut sent = 0;
    while let Some(row) = take(mailer, first).await? {
        match send(mailer, smtp, &row).await {
            Ok(()) => {
                with_timeout(mail::remove(&mailer.db.writer, row.id)).await?;
                sent += 1;
            }
            Err(error) => {
                let again = next_try(&error, row.tries, mailer.clock.now());
                let will_try = again.is_some();
                // The text of a mail server may repeat the address, and nothing worse.
                tracing::warn!(event = "mail_not_sent", mail = %row.id, tries = row.tries, will_try, error = format!("{error:#}"), "a mail was not sent");
                with_timeout(mail::reschedule(&mailer.db.writer, row.id, again)).await?;
            }
        }
    }
    Ok(sent)
}

async fn take(mailer: &Mailer, first: Kind) -> Result<Option<MailRow>, ServiceError> {
    let now = mailer.clock.now();
    let due = with_timeout(mail::take_due(&mailer.db.writer, first, now, LEASE)).await?;
    if due.is_some() || first == Kind::All {
        return Ok(due);
    }
    Ok(with_timeout(mail::take_due(&mailer.db.writer, Kind::All, now, LEASE)).await?)
}

async fn send(mailer: &Mailer, smtp: &Smtp, row: &MailRow) -> anyhow::Result<()> {
    let letter = read(mailer, row).map_err(|_| Unreadable)?;
    let host = address::client_id(&mailer.public_url);
    let message = message(letter, row, smtp.from.clone(), &host).map_err(|_| Unreadable)?;
    Ok(smtp.send(&message).await?)
}

/// A mail that can't be read will never be.
#[derive(Debug, thiserror::Error)]
#[error("the mail can't be read")]
struct Unreadable;

/// When it is tried again: never if it is refused for good.
fn next_try(error: &anyhow::Error, tries: i64, now: Timestamp) -> Option<Timestamp> {
    let is_final =
        error.downcast_ref().is_some_and(SendError::is_final) || error.is::<Unreadable>();
    let doublings = u32::try_from(tries - 1).unwrap_or(0).min(16);
    let pause = FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE);
    (!is_final).then(|| now.plus(pause))
}
