//! The one state table, as a pure function: no clock, no database, no async.
//!
//! `docs/rotation.md` shows the same rows and says why they are safe.

use crate::{
    auth::server::tokens::refresh_token::TokenHash, db::session::SessionRow, error::EndReason,
    server::clock::Timestamp,
};
use std::time::Duration;
use uuid::Uuid;

/// The settings that the table depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// The reuse window: how long a spent token still brings its successor. Zero is strict.
    pub window: Duration,
    /// A session that is unused for this long ends; `None` for never.
    pub idle: Option<Duration>,
}

impl Policy {
    /// A successor isn't rotated sooner after it was last issued, so that no straggler is two
    /// generations behind.
    pub fn hold(&self) -> Duration {
        self.window * 2
    }

    /// A session that was last seen then, or before, is over. The beginning of time for never.
    pub fn unused_since(&self, now: Timestamp) -> Timestamp {
        self.idle.map_or(Timestamp(i64::MIN), |idle| now.minus(idle))
    }
}

/// How often the hold starts anew for one rotation (row 6). Without an end, whoever has the token and
/// the attempt id of that rotation could keep the session from ever rotating again.
pub const MAX_REISSUES: i64 = 16;

/// What a refresh brings: what is to be known of a good token, and perhaps of an attempt id.
#[derive(Debug, Clone, Copy)]
pub struct Presented {
    /// The session that the token belongs to.
    pub session: Uuid,
    /// The token's generation.
    pub generation: u32,
    /// SHA-256 of the token; its tag was good.
    pub token: TokenHash,
    /// SHA-256 of its successor.
    pub successor: TokenHash,
    /// SHA-256 of the attempt id.
    pub attempt: Option<TokenHash>,
}

/// What to do with a refresh. The numbers are the rows of the state table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// 2: there is no such session, or it is over.
    Expired,
    /// 3: the session was ended, for this reason.
    Revoked(Option<EndReason>),
    /// 4: spend this token and issue its successor.
    Rotate,
    /// 5: issue an access token; this token stays.
    Keep,
    /// 6: issue the successor that was already issued, and let the hold start anew.
    Repeat,
    /// 7: a straggler of an honest client.
    Superseded,
    /// 8: a spent token came back.
    Reuse {
        /// The generation is current and the token another one: that takes the server key.
        forged: bool,
    },
    /// 9: the database is behind a genuine token: go on from the token.
    Adopt,
}

/// The state table.
///
/// `row` is the session as the database has it. The order of the arms is the order of the table.
pub fn decide(
    presented: &Presented,
    row: Option<&SessionRow>,
    now: Timestamp,
    policy: &Policy,
) -> Decision {
    let Some(row) = row else { return Decision::Expired };
    let age = row.rotated_at.map(|rotated_at| now.since(rotated_at));
    let behind = row.generation - i64::from(presented.generation);
    let is_current = presented.token.matches(row.token_hash.as_deref());
    let is_predecessor = presented.successor.matches(row.token_hash.as_deref());
    let is_attempt = |stored: &Option<Vec<u8>>| {
        presented.attempt.is_some_and(|attempt| attempt.matches(stored.as_deref()))
    };
    let in_window = age.is_some_and(|age| age < policy.window);
    let held = age.is_some() && now.since(row.last_seen_at) < policy.hold();

    match behind {
        _ if is_over(row, now, policy) => Decision::Expired,
        _ if row.revoked_at.is_some() => Decision::Revoked(row.end_reason()),
        0 if is_current && !held => Decision::Rotate,
        0 if is_current => Decision::Keep,
        1 if is_predecessor && (in_window || is_attempt(&row.attempt_hash)) => Decision::Repeat,
        2 if is_attempt(&row.previous_attempt_hash) => Decision::Superseded,
        0.. => Decision::Reuse { forged: behind == 0 },
        ..0 => Decision::Adopt,
    }
}

fn is_over(row: &SessionRow, now: Timestamp, policy: &Policy) -> bool {
    now >= row.expires_at || row.last_seen_at <= policy.unused_since(now)
}
