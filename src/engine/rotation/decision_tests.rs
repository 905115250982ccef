//! The state table of `docs/rotation.md`, one case a line. Row 1 is checked before [`decide`], and row 10 after it.

use super::{Decision, Policy, Presented, decide, in_memory::InMemorySession};
use crate::{clock::Timestamp, refresh_token::TokenHash, session::SessionRow};
use Decision::{Expired, Keep, Reissue, ResumeFromToken, Reuse, Revoked, Rotate, Superseded};
use handstamp_protocol::error::EndReason;
use std::time::Duration;
use uuid::Uuid;

const NOW: Timestamp = Timestamp(1_800_000_000_000);
const DAY: u64 = 24 * 3600;
/// A window of 10 seconds, so a hold of 20 seconds.
const POLICY: Policy =
    Policy { window: Duration::from_secs(10), idle: Some(Duration::from_secs(30 * DAY)) };
const STRICT: Policy = Policy { window: Duration::ZERO, ..POLICY };

/// The attempt ids that made the current generation and the one before, and another one.
const CURRENT: Option<&str> = Some("current");
const PREVIOUS: Option<&str> = Some("previous");
const OTHER: Option<&str> = Some("other");

fn hash_of(generation: u32) -> TokenHash {
    TokenHash::of(&format!("token {generation}"))
}

/// A genuine token of this generation.
fn token(generation: u32, attempt: Option<&str>) -> Presented {
    Presented {
        session: Uuid::nil(),
        generation,
        token: hash_of(generation),
        successor: hash_of(generation + 1),
        attempt: attempt.map(TokenHash::of),
    }
}

/// A token with a valid tag, of this generation, but from another chain.
fn forged(generation: u32, attempt: Option<&str>) -> Presented {
    let other = TokenHash::of("forged");
    Presented { token: other, successor: other, ..token(generation, attempt) }
}

/// A session after its login, with a token of generation 0.
fn new_session() -> SessionRow {
    let lifetime = Duration::from_secs(365 * DAY);
    InMemorySession::start(Uuid::nil(), hash_of(0), lifetime, NOW, POLICY).row()
}

/// A session of generation 5 that rotated `age` seconds ago, and whose token was last issued `held` seconds ago.
fn rotated(age: u64, held: u64) -> SessionRow {
    let hash = |attempt: Option<&str>| attempt.map(|attempt| TokenHash::of(attempt).to_vec());
    SessionRow {
        generation: 5,
        token_hash: Some(hash_of(5).to_vec()),
        attempt_hash: hash(CURRENT),
        previous_attempt_hash: hash(PREVIOUS),
        rotated_at: Some(NOW.minus(Duration::from_secs(age))),
        last_seen_at: NOW.minus(Duration::from_secs(held)),
        ..new_session()
    }
}

fn expired() -> SessionRow {
    SessionRow { expires_at: NOW, ..rotated(60, 60) }
}

fn revoked(row: SessionRow) -> SessionRow {
    let reason = EndReason::LoggedOut.as_str().to_owned();
    SessionRow { revoked_at: Some(NOW), revoked_reason: Some(reason), token_hash: None, ..row }
}

#[track_caller]
fn check(
    presented: Presented,
    row: impl Into<Option<SessionRow>>,
    policy: &Policy,
    expected: Decision,
    condition: &str,
) {
    assert_eq!(decide(&presented, row.into().as_ref(), NOW, policy), expected, "{condition}");
}

#[test]
#[rustfmt::skip]
fn each_row_of_the_state_table() {
    let reuse = Reuse { forged: false };
    let logged_out = Revoked(Some(EndReason::LoggedOut));

    check(token(5, None), None, &POLICY, Expired, "2: no row");
    check(token(5, None), expired(), &POLICY, Expired, "2: at its absolute expiry");
    check(token(5, None), rotated(60, 30 * DAY), &POLICY, Expired, "2: idle for the idle lifetime");
    check(token(5, None), rotated(60, 30 * DAY - 1), &POLICY, Rotate, "4: idle for less");
    check(token(5, None), revoked(expired()), &POLICY, Expired, "2: expired and revoked");
    check(token(5, None), revoked(rotated(60, 60)), &POLICY, logged_out, "3: revoked");
    check(token(4, CURRENT), revoked(rotated(0, 0)), &POLICY, logged_out, "3: revoked, a spent token");

    check(token(0, None), new_session(), &POLICY, Rotate, "4: current, never rotated");
    check(token(5, None), rotated(20, 20), &POLICY, Rotate, "4: current, held for the hold");
    check(token(5, None), rotated(19, 19), &POLICY, Keep, "5: current, held for less");
    check(token(5, OTHER), rotated(19, 19), &POLICY, Keep, "5: current, held for less, a new attempt");
    check(token(5, None), rotated(60, 19), &POLICY, Keep, "5: current, issued again by row 6");

    check(token(4, None), rotated(9, 9), &POLICY, Reissue, "6: one behind, within the window");
    check(token(4, OTHER), rotated(9, 9), &POLICY, Reissue, "6: one behind, within the window, another attempt");
    check(token(4, CURRENT), rotated(DAY, DAY), &POLICY, Reissue, "6: one behind, after the window, its attempt");
    check(token(3, PREVIOUS), rotated(0, 0), &POLICY, Superseded, "7: two behind, its attempt");
    check(token(3, PREVIOUS), rotated(DAY, DAY), &POLICY, Superseded, "7: two behind, its attempt, after the window");

    check(token(4, None), rotated(10, 10), &POLICY, reuse, "8: one behind, at the end of the window");
    check(token(4, None), rotated(10, 0), &POLICY, reuse, "8: one behind, issued again by row 6");
    check(token(4, OTHER), rotated(10, 10), &POLICY, reuse, "8: one behind, after the window, another attempt");
    check(token(4, PREVIOUS), rotated(10, 10), &POLICY, reuse, "8: one behind, after the window, an older attempt");
    check(forged(4, CURRENT), rotated(0, 0), &POLICY, reuse, "8: one behind, its successor is not current");
    check(token(3, None), rotated(0, 0), &POLICY, reuse, "8: two behind, no attempt");
    check(token(3, CURRENT), rotated(0, 0), &POLICY, reuse, "8: two behind, a later attempt");
    check(token(2, PREVIOUS), rotated(0, 0), &POLICY, reuse, "8: three behind");
    check(token(0, None), rotated(DAY, DAY), &POLICY, reuse, "8: the first token");
    check(forged(5, None), rotated(60, 60), &POLICY, Reuse { forged: true }, "8: current, the hash does not match");

    check(token(6, None), rotated(60, 60), &POLICY, ResumeFromToken, "9: one ahead");
    check(token(60, OTHER), rotated(0, 0), &POLICY, ResumeFromToken, "9: far ahead, within the hold");
}

#[test]
fn a_window_of_zero_leaves_only_the_attempt_id() {
    let reuse = Reuse { forged: false };
    check(token(5, None), rotated(0, 0), &STRICT, Rotate, "4: there is no hold");
    check(token(4, CURRENT), rotated(0, 0), &STRICT, Reissue, "6: one behind, its attempt");
    check(token(4, None), rotated(0, 0), &STRICT, reuse, "8: one behind, no attempt");
}
