//! The state table of a refresh, as a pure function: no clock, no database, no async.
//!
//! `docs/rotation.md` has the same rows and explains why they are safe.

use crate::{clock::Timestamp, refresh_token::TokenHash, session::SessionRow};
use handstamp_protocol::error::EndReason;
use std::time::Duration;
use uuid::Uuid;

/// The settings that the table depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// The reuse window: for this long after a rotation the rotated token still returns its successor. With zero, any
    /// reuse revokes the session.
    pub window: Duration,
    /// A session that is not refreshed for this long expires; `None` disables it.
    pub idle: Option<Duration>,
}

impl Policy {
    /// The shortest time between two rotations of a session. It is longer than the reuse window, so that within the
    /// window no token is two generations behind.
    pub fn min_rotation_interval(&self) -> Duration {
        self.window * 2
    }

    /// Sessions that were last refreshed at this moment, or before, have expired.
    pub fn idle_since(&self, now: Timestamp) -> Timestamp {
        self.idle.map_or(Timestamp(i64::MIN), |idle| now.minus(idle))
    }
}

/// How often one rotation restarts the minimum rotation interval (row 6). Without a limit, a client that has the token
/// and the idempotency key of that rotation could keep the session from rotating.
pub const MAX_REISSUES: i64 = 16;

/// What a refresh request presents: a token whose tag is valid, and an idempotency key if it has one.
#[derive(Debug, Clone, Copy)]
pub struct Presented {
    /// The session that the token belongs to.
    pub session: Uuid,
    /// The generation of the token.
    pub generation: u32,
    /// The hash of the token.
    pub token: TokenHash,
    /// The hash of its successor.
    pub successor: TokenHash,
    /// The hash of the idempotency key ("attempt id").
    pub attempt: Option<TokenHash>,
}

/// What a refresh does. The numbers are the rows of the state table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// 2: there is no such session, or it has expired.
    Expired,
    /// 3: the session was revoked, for this reason.
    Revoked(Option<EndReason>),
    /// 4: rotate to the successor of the token.
    Rotate,
    /// 5: issue an access token and keep the refresh token.
    Keep,
    /// 6: issue the current token again, and restart the minimum rotation interval.
    Reissue,
    /// 7: a late request of an honest client.
    Superseded,
    /// 8: a rotated token was presented again.
    Reuse {
        /// The token has the current generation, a valid tag and another hash, which requires the server key.
        forged: bool,
    },
    /// 9: the database is behind a genuine token: continue from the token.
    ResumeFromToken,
}

/// Decides what a refresh does. `session` is the session as the store has it. The match arms are in the order of the
/// table.
pub fn decide(
    presented: &Presented,
    session: Option<&SessionRow>,
    now: Timestamp,
    policy: &Policy,
) -> Decision {
    let Some(session) = session else { return Decision::Expired };
    let age = session.rotated_at.map(|rotated_at| now.since(rotated_at));
    let generations_behind = session.generation - i64::from(presented.generation);
    let is_current = presented.token.matches(session.token_hash.as_deref());
    let is_predecessor = presented.successor.matches(session.token_hash.as_deref());
    let is_attempt = |stored: &Option<Vec<u8>>| {
        presented.attempt.is_some_and(|attempt| attempt.matches(stored.as_deref()))
    };
    let in_window = age.is_some_and(|age| age < policy.window);
    let too_soon =
        age.is_some() && now.since(session.last_seen_at) < policy.min_rotation_interval();

    match generations_behind {
        _ if has_expired(session, now, policy) => Decision::Expired,
        _ if session.revoked_at.is_some() => Decision::Revoked(session.end_reason()),
        0 if is_current && !too_soon => Decision::Rotate,
        0 if is_current => Decision::Keep,
        1 if is_predecessor && (in_window || is_attempt(&session.attempt_hash)) => {
            Decision::Reissue
        }
        2 if is_attempt(&session.previous_attempt_hash) => Decision::Superseded,
        0.. => Decision::Reuse { forged: generations_behind == 0 },
        ..0 => Decision::ResumeFromToken,
    }
}

fn has_expired(session: &SessionRow, now: Timestamp, policy: &Policy) -> bool {
    now >= session.expires_at || session.last_seen_at <= policy.idle_since(now)
}
