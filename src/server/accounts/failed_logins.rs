//! Failed logins, which are collected in memory and written to the database once a second.
//!
//! SQLite has one connection for writes. If a failed login wrote a row only for an existing account, the next request
//! would take longer and reveal that the account exists (ASVS 6.3.8). A failed login therefore writes nothing. A timer
//! writes all collected failures with the same statements, whether or not the accounts exist.

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

const WRITE_INTERVAL: Duration = Duration::from_secs(1);

/// The maximum number of collected failures. Further ones appear only in the log.
const MAX_COLLECTED: usize = 10_000;

/// The maximum number of failures per transaction, so that refreshes are not delayed.
const BATCH: usize = 200;

/// The key of the time of the last write, which every batch updates: a transaction without changes would take less
/// time.
const LAST_WRITE: &str = "failed_logins_written_at";

/// Failed logins that are not yet written to the database.
#[derive(Debug, Default)]
pub struct FailedLogins(Mutex<Vec<Failure>>);

/// A failed login. If the account does not exist, the statement inserts no row.
#[derive(Debug)]
struct Failure {
    event: SecurityEvent,
    user: Option<Uuid>,
    at: Timestamp,
    device: Option<String>,
    network: Option<String>,
}

/// Records a login that failed because of a wrong password, a wrong code or an unknown name. The failure is logged
/// immediately, and written to the database within a second.
pub fn record(accounts: &Accounts, user: Option<&UserRow>, device: &Device) {
    collect(accounts, SecurityEvent::LogInFailed, user, device);
}

/// Records that the user of a session entered a wrong password or a wrong code, which is not a failed login.
pub fn record_in_session(accounts: &Accounts, user: &UserRow, device: &Device) {
    collect(accounts, SecurityEvent::ReauthenticationFailed, Some(user), device);
}

fn collect(accounts: &Accounts, event: SecurityEvent, user: Option<&UserRow>, device: &Device) {
    let failure = Failure {
        event,
        user: user.map(|user| user.id),
        at: accounts.clock.now(),
        device: device.name(),
        network: device.network(),
    };
    let user = failure.user.map(tracing::field::display);
    let Failure { device, network, .. } = &failure;
    tracing::info!(event = event.name(), user, device, network, "security event");
    let mut collected = accounts.failed_logins.0.lock().unwrap_or_else(PoisonError::into_inner);
    if collected.len() < MAX_COLLECTED {
        collected.push(failure);
    }
}

/// Writes the collected failures to the database.
///
/// # Errors
/// `unavailable` if the database is unavailable. Failures that are not written yet are kept.
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
    let _permit = accounts.db.write_permit().await?;
    let transaction = accounts.db.writer.begin().await?;
    for failure in batch {
        let row = EventRow {
            id: Uuid::now_v7(),
            user_id: failure.user.unwrap_or_default(),
            kind: failure.event.name().to_owned(),
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

/// Writes the collected failures once a second. Never returns.
pub async fn run(accounts: Accounts) {
    let mut ticks = tokio::time::interval(WRITE_INTERVAL);
    loop {
        ticks.tick().await;
        if let Err(error) = write(&accounts).await {
            tracing::warn!(
                event = "failed_logins_not_recorded",
                %error,
                "failed logins could not be written and will be retried"
            );
        }
    }
}
