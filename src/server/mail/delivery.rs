//! Sends the queued e-mails. If the mail server is down, slow or rejects an e-mail, retries with increasing delays
//! until the e-mail expires.

use super::{
    Mailer, address,
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

/// How long an e-mail is leased to a worker. It is longer than [`SEND_TIMEOUT`].
const LEASE: Duration = Duration::from_secs(60);
const _: () = assert!(LEASE.as_secs() > 2 * SEND_TIMEOUT.as_secs());

/// The interval at which the queue is polled. Another node may have enqueued an e-mail, or a retry may be due.
const POLL_INTERVAL: Duration = Duration::from_secs(5);

/// The delay between a notification and the first read, in which the transaction of the e-mail usually commits.
const COMMIT_DELAY: Duration = Duration::from_millis(50);

/// The workers, and the kind of e-mail that each of them prefers. They run concurrently, so that a slow delivery does
/// not delay the others. The first worker prefers security notices, so that a flood of links does not delay them.
const WORKERS: [Kind; 4] = [Kind::Notices, Kind::All, Kind::All, Kind::All];

const FIRST_RETRY_DELAY: Duration = Duration::from_secs(5);
const MAX_RETRY_DELAY: Duration = Duration::from_secs(60 * 60);

/// Sends queued e-mails. Never returns. Does nothing if no mail server is set.
pub async fn run(mailer: Mailer) {
    if mailer.smtp.is_none() {
        std::future::pending::<()>().await;
    }
    join_all(WORKERS.map(|first| work(&mailer, first))).await;
}

async fn work(mailer: &Mailer, first: Kind) {
    loop {
        if let Err(error) = deliver(mailer, first).await {
            // The cause has been logged already.
            tracing::warn!(event = "mail_queue_failed", code = ?error.code, "the mail queue could not be read");
        }
        if tokio::time::timeout(POLL_INTERVAL, mailer.queued.notified()).await.is_ok() {
            // The notification is sent before the transaction commits.
            tokio::time::sleep(COMMIT_DELAY).await;
        }
    }
}

/// Sends all e-mails that are due, with all workers. Returns the number of e-mails sent.
///
/// # Errors
/// Fails if the database fails. An e-mail that can't be sent is logged and stays in the queue.
pub async fn deliver_due(mailer: &Mailer) -> Result<usize, ServiceError> {
    let sent = join_all(WORKERS.map(|first| deliver(mailer, first))).await;
    sent.into_iter().sum()
}

/// Sends e-mails that are due, one after the other.
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
                let next = next_attempt(&error, row.tries, mailer.clock.now());
                let will_try = next.is_some();
                // The reply of a mail server may contain the address, but no content of the e-mail.
                tracing::warn!(event = "mail_not_sent", mail = %row.id, tries = row.tries, will_try, error = format!("{error:#}"), "a mail was not sent");
                with_timeout(mail::reschedule(&mailer.db.writer, row.id, next)).await?;
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
    let content = read(mailer, row).map_err(|_| Unreadable)?;
    let host = address::client_id(&mailer.public_url);
    let message = message(content, row, smtp.from.clone(), &host).map_err(|_| Unreadable)?;
    Ok(smtp.send(&message).await?)
}

/// The e-mail can't be decrypted or has an invalid address. It is not retried.
#[derive(Debug, thiserror::Error)]
#[error("the mail can't be read")]
struct Unreadable;

/// Returns the time of the next attempt, or `None` after a permanent failure.
fn next_attempt(error: &anyhow::Error, tries: i64, now: Timestamp) -> Option<Timestamp> {
    let is_final =
        error.downcast_ref().is_some_and(SendError::is_final) || error.is::<Unreadable>();
    let doublings = u32::try_from(tries - 1).unwrap_or(0).min(16);
    let delay = FIRST_RETRY_DELAY.saturating_mul(1 << doublings).min(MAX_RETRY_DELAY);
    (!is_final).then(|| now.plus(delay))
}
