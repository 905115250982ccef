//! Deletes expired rows, in small batches, so that refreshes don't wait long for the write lock.

use crate::{
    accounts::sign_up::GUEST_TTL,
    db::{BATCH, event, link, mail, rate_limit, session, user, with_timeout},
    http::state::AppState,
    mail::KEPT_AFTER_EXPIRY,
    rate_limit::RETENTION,
    sessions::security_events,
};
use sea_orm::{DbErr, TransactionTrait};
use std::time::Duration;

const INTERVAL: Duration = Duration::from_secs(60);

/// How long an unused account is kept if its address was never confirmed.
const UNCONFIRMED_RETENTION: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The maximum number of such accounts that are deleted per interval.
const MAX_ABANDONED: i64 = 100;

/// The pause between two batches.
const PAUSE: Duration = Duration::from_millis(20);

/// Deletes expired rows once a minute. Never returns.
pub async fn run(state: AppState) {
    let mut ticks = tokio::time::interval(INTERVAL);
    loop {
        ticks.tick().await;
        tidy(&state).await;
    }
}

/// Deletes every kind of row whose retention has ended. A failure is logged, does not affect the other kinds, and is
/// retried at the next interval.
pub async fn tidy(state: &AppState) {
    let (now, db) = (state.clock.now(), &state.db.writer);
    let (guests, ended) = (now.minus(GUEST_TTL), now.minus(session::KEPT_AFTER_END));
    state.sessions.revoked.purge(now);
    abandoned_accounts(state).await;
    // Before the guests themselves: deleting a guest would cascade to all of its rows in one statement.
    let user_data = &state.accounts.user_data;
    batches("data of guests", || user_data.purge_guests(db, guests)).await;
    batches("events of deleted accounts", || event::purge_of_deleted(db)).await;
    batches("sessions", || session::purge(db, ended)).await;
    batches("guests", || user::purge_guests(db, guests)).await;
    if state.sessions.policy.idle.is_some() {
        let unused = state.sessions.policy.idle_since(ended);
        batches("unused sessions", || session::purge_unused(db, unused)).await;
    }
    batches("links", || link::purge(db, ended)).await;
    batches("mail", || mail::purge(db, now.minus(KEPT_AFTER_EXPIRY))).await;
    batches("events", || event::purge(db, now.minus(security_events::RETENTION))).await;
    batches("rate limits", || rate_limit::purge(db, now.minus(RETENTION))).await;
}

/// Deletes accounts whose address was never confirmed and that were unused for 30 days. A session can be used until
/// `HANDSTAMP_REFRESH_TTL` after its login, so the last login must be older than the sum of both.
async fn abandoned_accounts(state: &AppState) {
    let now = state.clock.now();
    let before = now.minus(UNCONFIRMED_RETENTION + state.config.refresh_ttl);
    let deleting = async {
        let rows =
            with_timeout(user::abandoned(&state.db.reader, before, now, MAX_ABANDONED)).await?;
        let mut total = 0;
        for row in rows {
            let transaction = state.db.writer.begin().await?;
            // After the lock, a concurrent login has either been recorded already, or it will find no account.
            if user::lock_if_unchanged(&transaction, &row).await?
                && user::is_abandoned(&transaction, row.id, before, now).await?
            {
                state.accounts.user_data.delete(&transaction, row.id).await?;
                user::anonymize(&transaction, row.id, now).await?;
                total += 1;
            }
            transaction.commit().await?;
            tokio::time::sleep(PAUSE).await;
        }
        Ok::<_, DbErr>(total)
    };
    match deleting.await {
        Ok(0) => {}
        Ok(total) => tracing::info!(total, "deleted unconfirmed accounts"),
        Err(error) => {
            tracing::warn!(event = "housekeeping_failed", %error, "housekeeping failed, and is retried in a minute");
        }
    }
}

/// Deletes batches until one is not full, with pauses for other writers.
async fn batches<F: Future<Output = Result<u64, DbErr>>>(what: &str, purge: impl Fn() -> F) {
    let mut total = 0;
    loop {
        match with_timeout(purge()).await {
            Ok(deleted) => {
                total += deleted;
                if deleted < BATCH.unsigned_abs() {
                    break;
                }
            }
            Err(error) => {
                tracing::warn!(event = "housekeeping_failed", %error, what, "housekeeping failed, and is retried in a minute");
                break;
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
    if total > 0 {
        tracing::info!(what, total, "deleted expired rows");
    }
}
