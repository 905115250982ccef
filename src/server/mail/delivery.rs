//! Sends what lies in the queue: at once, again with longer and longer pauses where the mail server is
//! down, slow or refuses, and never longer than the mail is worth reading.

use super::{Letter, read};
use crate::{
    db::{
        in_time,
        mail::{self, MailRow},
    },
    error::AppError,
    server::{clock::Timestamp, config::Smtp, state::AppState},
};
use anyhow::Context;
use futures::future::join_all;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor, message::MultiPart,
    transport::smtp,
};
use std::time::Duration;

/// How long a mail server may take for one mail.
const PATIENCE: Duration = Duration::from_secs(20);

/// A mail that somebody has taken is theirs for this long: longer than [`PATIENCE`].
const LEASE: Duration = Duration::from_secs(60);

/// The queue is looked at this often, whether or not somebody says that there is mail.
const LOOK: Duration = Duration::from_secs(5);

/// How long a transaction with mail in it usually takes to its end.
const COMMIT: Duration = Duration::from_millis(50);

/// So many mails are on their way at once: one that a mail server is slow with holds no other up.
const AT_ONCE: usize = 4;

const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);

/// Sends mail for ever; where no mail server is set, nothing.
pub async fn run(state: AppState) {
    if state.config.smtp.is_none() {
        std::future::pending::<()>().await;
    }
    // Each goes its own way: a mail that takes long holds up none that comes meanwhile.
    join_all((0..AT_ONCE).map(|_| keep_sending(&state))).await;
}

async fn keep_sending(state: &AppState) {
    loop {
        if let Err(error) = deliver(state).await {
            // What it was is in the log already.
            tracing::warn!(code = ?error.code, "the mail queue could not be read");
        }
        if tokio::time::timeout(LOOK, state.mail_waits.notified()).await.is_ok() {
            // Whoever says that there is mail has yet to commit it.
            tokio::time::sleep(COMMIT).await;
        }
    }
}

/// Sends all that is due, a few at once. Answers how many mails went out.
///
/// # Errors
/// The database's. What a mail server says is in the log, and the mail stays.
pub async fn deliver_due(state: &AppState) -> Result<usize, AppError> {
    let sent = join_all((0..AT_ONCE).map(|_| deliver(state))).await;
    sent.into_iter().sum()
}

/// Sends what is due, one after the other.
async fn deliver(state: &AppState) -> Result<usize, AppError> {
    let Some(smtp) = &state.config.smtp else { return Ok(0) };
    let transport = transport(smtp).map_err(AppError::internal)?;
    let mut sent = 0;
    while let Some(row) = in_time(mail::take_due(&state.writer, state.clock.now(), LEASE)).await? {
        match send(state, smtp, &transport, &row).await {
            Ok(()) => {
                in_time(mail::remove(&state.writer, row.id)).await?;
                sent += 1;
            }
            Err(refused) => {
                let again = next_try(&refused, row.tries, state.clock.now());
                let will_try = again.is_some();
                // The text of a mail server may repeat the address, and nothing worse.
                tracing::warn!(mail = %row.id, tries = row.tries, will_try, error = format!("{refused:#}"), "a mail was not sent");
                in_time(mail::put_off(&state.writer, row.id, again)).await?;
            }
        }
    }
    Ok(sent)
}

async fn send(
    state: &AppState,
    smtp: &Smtp,
    transport: &Transport,
    row: &MailRow,
) -> anyhow::Result<()> {
    let letter = read(state, row).map_err(|_| Unreadable)?;
    let message = message(smtp, letter)?;
    let sending = transport.send(message);
    tokio::time::timeout(PATIENCE, sending).await.context("the mail server is silent")??;
    Ok(())
}

/// A mail that can't be read will never be.
#[derive(Debug, thiserror::Error)]
#[error("the mail can't be read")]
struct Unreadable;

type Transport = AsyncSmtpTransport<Tokio1Executor>;

fn transport(smtp: &Smtp) -> anyhow::Result<Transport> {
    let builder = Transport::from_url(smtp.url.as_str()).context("reading HANDSTAMP_SMTP_URL")?;
    Ok(builder.timeout(Some(PATIENCE)).build())
}

fn message(smtp: &Smtp, letter: Letter) -> anyhow::Result<Message> {
    let to = letter.to.parse().map_err(|_| Unreadable)?;
    Message::builder()
        .from(smtp.from.clone())
        .to(to)
        .subject(letter.subject)
        .multipart(MultiPart::alternative_plain_html(letter.text, letter.html))
        .context("writing a mail")
}

/// When it is tried again: never what is refused for good.
fn next_try(refused: &anyhow::Error, tries: i64, now: Timestamp) -> Option<Timestamp> {
    let is_final = refused.downcast_ref::<smtp::Error>().is_some_and(smtp::Error::is_permanent)
        || refused.is::<Unreadable>();
    let doublings = u32::try_from(tries - 1).unwrap_or(0).min(16);
    let pause = FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE);
    (!is_final).then(|| now.plus(pause))
}
