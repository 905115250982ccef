//! Failed logins: collected in memory, and written down by a timer.
//!
//! On SQLite there is one connection that writes, so the next request would feel a row that was written for an
//! account that exists and for no other (ASVS 6.3.8). So a failure writes nothing. Once a second all that was
//! collected is written with the same statements and one commit, whether or not the accounts exist.

use super::Accounts;
use crate::{
    db::{
        event::{self, EventRow},
        node,
        user::UserRow,
    },
    device::Device,
    error::ServiceError,
};
use handstamp_engine::clock::Timestamp;
use handstamp_protocol::security_event::SecurityEvent;
use sea_orm::TransactionTrait;
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};
use uuid::Uuid;

const EVERY: Duration = Duration::from_secs(1);

/// How many are kept until the timer comes; of more, the log alone tells.
const MAX_COLLECTED: usize = 10_000;

/// How many are written in one transaction, so that no refresh waits for long.
const BATCH: usize = 200;

/// What `remembered` holds the time of the last write under. It is written with every batch: a transaction that
/// changes nothing would take less time.
const LAST_WRITE: &str = "failed_logins_written_at";

/// The failed logins that are not written down yet.
#[derive(Debug, Default)]
pub struct FailedLogins(Mutex<Vec<Failure>>);

/// A failed login. If there is no such account, the statement that writes it inserts nothing.
#[derive(Debug)]
struct Failure {
    user: Option<Uuid>,
    at: Timestamp,
    device: Option<String>,
    network: Option<String>,
}

/// Notes that a login failed: a wrong password, a wrong code, or a name that no account has. The log has it at
/// once, the database within a second.
pub fn record(accounts: &Accounts, user: Option<&UserRow>, device: &Device) {
    let failure = Failure {
        user: user.map(|user| user.id),
        at: accounts.clock.now(),
        device: device.name(),
        network: device.network(),
    };
    let user = failure.user.map(tracing::field::display);
    let Failure { device, network, .. } = &failure;
    tracing::info!(
        event = SecurityEvent::LogInFailed.name(),
        user,
        device,
        network,
        "security event"
    );
    let mut collected = accounts.failed_logins.0.lock().unwrap_or_else(PoisonError::into_inner);
    if collected.len() < MAX_COLLECTED {
        collected.push(failure);
    }
}

/// Writes down what was collected.
///
/// # Errors
/// The database can't answer: what is not written yet stays collected.
pub async fn write(accounts: &Accounts) -> Result<(), ServiceError> {
    loop {
        let batch = take(accounts);
        if batch.is_empty() {
            return Ok(());
        }
        if let Err(error) = write_batch(accounts, &batch).await {
            let mut collected =
                accounts.failed_logins.0.lock().unwrap_or_else(PoisonError::into_inner);
            collected.extend(batch);
            return Err(error);
        }
    }
}

fn take(accounts: &Accounts) -> Vec<Failure> {
    let mut collected = accounts.failed_logins.0.lock().unwrap_or_else(PoisonError::into_inner);
    let count = collected.len().min(BATCH);
    collected.drain(..count).collect()
}

async fn write_batch(accounts: &Accounts, batch: &[Failure]) -> Result<(), ServiceError> {
    let _turn = accounts.db.write_permit().await?;
    let transaction = accounts.db.writer.begin().await?;
    for failure in batch {
        let row = EventRow {
            id: Uuid::now_v7(),
            user_id: failure.user.unwrap_or_default(),
            kind: SecurityEvent::LogInFailed.name().to_owned(),
            at: failure.at,
            device: failure.device.clone(),
            network: failure.network.clone(),
        };
        event::insert(&transaction, row).await?;
    }
    let now = accounts.clock.now().0.to_string();
    node::store(&transaction, LAST_WRITE, &now).await?;
    Ok(transaction.commit().await?)
}

/// Writes once a second, as long as the server runs.
pub async fn run(accounts: Accounts) {
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        ticks.tick().await;
        if let Err(error) = write(&accounts).await {
            tracing::warn!(
                event = "failed_logins_not_recorded",
                %error,
                "failed logins could not be recorded, and are retried"
            );
        }
    }
}
