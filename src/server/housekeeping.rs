//! Throws away what is over, a little at a time, so that no refresh waits for it.

use super::{mail::KEPT_AFTER_EXPIRY, state::AppState};
use crate::{
    auth::server::{accounts::GUEST_LIFETIME, events, tries::KEPT},
    db::{BATCH, event, in_time, link, mail, post, session, tries, user},
};
use sea_orm::DbErr;
use std::time::Duration;

const EVERY: Duration = Duration::from_secs(60);

/// Between two batches.
const PAUSE: Duration = Duration::from_millis(20);

/// Tidies once a minute, for ever.
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
    let (now, db) = (state.clock.now(), &state.writer);
    let (guests, ended) = (now.minus(GUEST_LIFETIME), now.minus(session::KEPT_AFTER_END));
    state.revoked.forget_old(now);
    // Before the guests, with each of whom all their posts would go in one statement.
    batches("posts of guests", || post::purge_of_guests(db, guests)).await;
    batches("guests", || user::purge_guests(db, guests)).await;
    batches("sessions", || session::purge(db, ended)).await;
    if state.policy.idle.is_some() {
        let unused = state.policy.unused_since(ended);
        batches("unused sessions", || session::purge_unused(db, unused)).await;
    }
    batches("links", || link::purge(db, ended)).await;
    batches("mail", || mail::purge(db, now.minus(KEPT_AFTER_EXPIRY))).await;
    batches("events", || event::purge(db, now.minus(events::KEPT))).await;
    batches("tries", || tries::purge(db, now.minus(KEPT))).await;
}

/// Deletes batch after batch until one isn't full, with pauses in which others write.
async fn batches<F: Future<Output = Result<u64, DbErr>>>(what: &str, purge: impl Fn() -> F) {
    let mut total = 0;
    loop {
        match in_time(purge()).await {
            Ok(gone) => {
                total += gone;
                if gone < BATCH.unsigned_abs() {
                    break;
                }
            }
            Err(error) => {
                tracing::warn!(%error, what, "housekeeping failed, and is tried again in a minute");
                break;
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
    if total > 0 {
        tracing::info!(what, total, "deleted what is over");
    }
}
