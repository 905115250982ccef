//! Throws away what is over, a little at a time, so that no refresh waits for it.

use super::{mail::KEPT_AFTER_EXPIRY, state::AppState};
use crate::{
    auth::server::{accounts::GUEST_LIFETIME, events, tries::KEPT},
    db::{BATCH, event, in_time, link, mail, session, tries, user},
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
        if let Err(error) = tidy(&state).await {
            tracing::warn!(%error, "housekeeping failed, and is tried again in a minute");
        }
    }
}

/// Forgets old revocations, deletes old guests, sessions and links that ended a day ago, and whatever is
/// kept for a while and no longer.
///
/// # Errors
/// The database's.
pub async fn tidy(state: &AppState) -> Result<(), DbErr> {
    let now = state.clock.now();
    state.revoked.forget_old(now);
    let guests = batches(|| user::purge_guests(&state.writer, now.minus(GUEST_LIFETIME))).await?;
    let before = now.minus(session::KEPT_AFTER_END);
    let mut sessions = batches(|| session::purge(&state.writer, before)).await?;
    if state.policy.idle.is_some() {
        let since = state.policy.unused_since(before);
        sessions += batches(|| session::purge_unused(&state.writer, since)).await?;
    }
    batches(|| link::purge(&state.writer, before)).await?;
    batches(|| mail::purge(&state.writer, now.minus(KEPT_AFTER_EXPIRY))).await?;
    batches(|| event::purge(&state.writer, now.minus(events::KEPT))).await?;
    batches(|| tries::purge(&state.writer, now.minus(KEPT))).await?;
    if guests + sessions > 0 {
        tracing::info!(guests, sessions, "deleted what is over");
    }
    Ok(())
}

/// Deletes batch after batch until one isn't full, with pauses in which others write. Answers how many
/// rows went.
async fn batches<F: Future<Output = Result<u64, DbErr>>>(
    purge: impl Fn() -> F,
) -> Result<u64, DbErr> {
    let mut total = 0;
    loop {
        let gone = in_time(purge()).await?;
        total += gone;
        if gone < BATCH.unsigned_abs() {
            return Ok(total);
        }
        tokio::time::sleep(PAUSE).await;
    }
}
