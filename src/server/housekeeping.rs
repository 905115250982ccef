//! Throws away what is over, a little at a time, so that no refresh waits for it.

use crate::{
    accounts::sign_up::GUEST_TTL,
    db::{BATCH, event, link, mail, rate_limit, session, user, with_timeout},
    rate_limit::RETENTION,
    sessions::security_events,
};
use crate::{http::state::AppState, mail::KEPT_AFTER_EXPIRY};
use sea_orm::{DbErr, TransactionTrait};
use std::time::Duration;

const EVERY: Duration = Duration::from_secs(60);

/// How long an account stays whose address was never confirmed and that is not used.
const UNCONFIRMED_KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How many of them go in a minute.
const MAX_ABANDONED: i64 = 100;

/// Between two batches.
const PAUSE: Duration = Duration::from_millis(20);

/// Deletes expired rows once a minute. Never returns.
pub async fn run(state: AppState) {
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        ticks.tick().await;
        tidy(&state).await;
    }
}

/// Forgets old revocations, deletes old guests, sessions and links that ended a day ago, and whatever is
/// kept for a while and no longer. What can't be deleted is said in the log, keeps nothing else from being
/// deleted, and is tried again the next time.
pub async fn tidy(state: &AppState) {
    let (now, db) = (state.clock.now(), &state.db.writer);
    let (guests, ended) = (now.minus(GUEST_TTL), now.minus(session::KEPT_AFTER_END));
    state.sessions.revoked.purge(now);
    abandoned_accounts(state).await;
    // Before the guests, with each of whom all that they left would go in one statement.
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
    batches("tries", || rate_limit::purge(db, now.minus(RETENTION))).await;
}

/// Deletes the accounts whose address was never confirmed and that were not used for 30 days. A session can be used
/// for `HANDSTAMP_REFRESH_TTL` after its login, so the last login has to lie that much further back.
async fn abandoned_accounts(state: &AppState) {
    let now = state.clock.now();
    let before = now.minus(UNCONFIRMED_KEPT + state.config.refresh_ttl);
    let deleting = async {
        let rows =
            with_timeout(user::abandoned(&state.db.reader, before, now, MAX_ABANDONED)).await?;
        let mut total = 0;
        for row in rows {
            let transaction = state.db.writer.begin().await?;
            // Locked first: a login that is about to begin either counts already, or finds no account.
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
        Ok(total) => tracing::info!(total, "deleted accounts that were never confirmed"),
        Err(error) => {
            tracing::warn!(event = "housekeeping_failed", %error, "housekeeping failed, and is retried in a minute");
        }
    }
}

/// Deletes batch after batch until one isn't full, with pauses in which others write.
async fn batches<F: Future<Output = Result<u64, DbErr>>>(what: &str, purge: impl Fn() -> F) {
    let mut total = 0;
    loop {
        match with_timeout(purge()).await {
            Ok(gone) => {
                total += gone;
                if gone < BATCH.unsigned_abs() {
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
        tracing::info!(what, total, "deleted what is over");
    }
}
