//! Runs the real engine one step of `SessionStore` at a time, so that other requests can interleave (row 10).
//!
//! A future can't be copied or compared, so a request in progress is the list of the results of its steps. To advance,
//! `apply` runs again from the start: earlier steps return their recorded results, one new step runs on the row, and a
//! further step stays pending.

use crate::{
    tokens::{first, presented},
    world::POLICY,
};
use futures::{FutureExt, future::pending};
use handstamp_engine::{
    clock::Timestamp,
    refresh_token::TokenHash,
    rotation::{Presented, SessionStore, in_memory::InMemorySession, refresh},
    session::SessionRow,
};
use handstamp_protocol::error::{AppError, EndReason, ErrorCode};
use std::{
    sync::{LazyLock, Mutex},
    time::Duration,
};
use uuid::Uuid;

/// The time step of the model: a quarter of the window.
pub(crate) const TICK: Duration = Duration::from_millis(2_500);
/// The window in ticks. The hold is twice as long.
pub(crate) const WINDOW: u8 = 4;
pub(crate) const HOLD: u8 = 2 * WINDOW;
/// The number of the newest generation. Only distances matter to the engine, so the model renumbers after rotations.
pub(crate) const NEWEST: u8 = 4;

const NOW: Timestamp = Timestamp(1_700_000_000_000);
const END: Timestamp = Timestamp(1_700_003_600_000);
const ATTEMPTS: usize = 12;

static CHAIN: LazyLock<Vec<Presented>> = LazyLock::new(|| {
    let mut text = first().expose_secret().to_owned();
    (0..=NEWEST + 1)
        .map(|_| {
            let presented = presented(&text, None);
            text = crate::tokens::successor(&text);
            presented
        })
        .collect()
});

static ATTEMPT: LazyLock<Vec<TokenHash>> =
    LazyLock::new(|| (0..ATTEMPTS).map(|n| TokenHash::of(&format!("attempt {n}"))).collect());

/// A session, with small numbers for hashes and ticks for times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Row {
    pub(crate) generation: u8,
    pub(crate) attempt: Option<u8>,
    pub(crate) previous: Option<u8>,
    /// Ticks since the last rotation, at most the window, because a higher age changes nothing.
    pub(crate) age: Option<u8>,
    /// Ticks since the token was last issued, at most the hold. Unused before the first rotation.
    pub(crate) held: u8,
    pub(crate) revoked: bool,
}

impl Row {
    fn stored(self) -> SessionRow {
        let hash = |attempt: u8| ATTEMPT[usize::from(attempt)].to_vec();
        let rotated_at = self.age.map(|age| NOW.minus(TICK * age.into()));
        SessionRow {
            id: CHAIN[0].session,
            user_id: Uuid::nil(),
            generation: self.generation.into(),
            token_hash: (!self.revoked).then(|| CHAIN[usize::from(self.generation)].token.to_vec()),
            attempt_hash: self.attempt.map(hash),
            previous_attempt_hash: self.previous.map(hash),
            created_at: NOW,
            rotated_at,
            expires_at: END,
            last_seen_at: NOW.minus(TICK * self.held.into()),
            // The model does not count repeats, so it allows more of them than the engine.
            repeats: 0,
            confirmed_at: None,
            revoked_at: self.revoked.then_some(NOW),
            revoked_reason: self.revoked.then(|| EndReason::Reuse.as_str().to_owned()),
            user_agent: None,
            ip: None,
            username: String::new(),
            email: String::new(),
        }
    }

    fn read(row: &SessionRow) -> Self {
        let number = |hash: &Option<Vec<u8>>| {
            let hash = hash.as_deref()?;
            let number = ATTEMPT.iter().position(|attempt| attempt.matches(Some(hash))).unwrap();
            Some(u8::try_from(number).unwrap())
        };
        assert_eq!(row.expires_at, END, "the expiry never moves");
        let age = |at: Timestamp, limit: u8| {
            u8::try_from(NOW.since(at).as_millis() / TICK.as_millis()).unwrap().min(limit)
        };
        Self {
            generation: u8::try_from(row.generation).unwrap(),
            attempt: number(&row.attempt_hash),
            previous: number(&row.previous_attempt_hash),
            age: row.rotated_at.map(|at| age(at, WINDOW)),
            held: row.rotated_at.map_or(0, |_| age(row.last_seen_at, HOLD)),
            revoked: row.revoked_at.is_some(),
        }
    }
}

/// A refresh token by its generation, and perhaps an attempt id by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Request {
    pub(crate) token: u8,
    pub(crate) attempt: Option<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Step {
    Rotate,
    Find,
    Repeat,
    Adopt,
    Revoke,
}

/// The result of a step: the session after it, or nothing if its condition did not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct StepResult {
    pub(crate) step: Step,
    pub(crate) row: Option<Row>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Answer {
    /// Granted by this step, with the successor or without.
    Granted {
        by: Step,
        replaces: bool,
    },
    Refused(ErrorCode),
}

/// Runs one more step of a request. Returns the row after it, and the answer if that was the last step.
pub(crate) fn advance(
    row: Row,
    request: Request,
    results: &mut Vec<StepResult>,
) -> (Row, Option<Answer>) {
    let session = InMemorySession::from_row(row.stored(), POLICY);
    let replay = Replay {
        session: &session,
        recorded: results.clone(),
        position: Mutex::new(0),
        new: Mutex::new(None),
    };
    let attempt = request.attempt.map(|attempt| ATTEMPT[usize::from(attempt)]);
    let presented = Presented { attempt, ..CHAIN[usize::from(request.token)] };
    let outcome = refresh(&replay, &presented, NOW, &POLICY).now_or_never();
    let new = replay.new.into_inner().unwrap().unwrap();
    results.push(new);
    let answer = outcome.map(|outcome| match outcome {
        Ok(granted) => Answer::Granted { by: new.step, replaces: granted.rotated },
        Err(error) => Answer::Refused(error.code),
    });
    (Row::read(&session.row()), answer)
}

/// Replays the recorded steps of a request, and then runs one new step.
struct Replay<'a> {
    session: &'a InMemorySession,
    recorded: Vec<StepResult>,
    position: Mutex<usize>,
    new: Mutex<Option<StepResult>>,
}

impl Replay<'_> {
    async fn run(
        &self,
        step: Step,
        act: impl Future<Output = Result<Option<SessionRow>, AppError>> + Send,
    ) -> Result<Option<SessionRow>, AppError> {
        let position = std::mem::replace(&mut *self.position.lock().unwrap(), self.recorded.len());
        if let Some(recorded) = self.recorded.get(position) {
            assert_eq!(recorded.step, step, "the engine is deterministic");
            *self.position.lock().unwrap() = position + 1;
            return Ok(recorded.row.map(Row::stored));
        }
        if self.new.lock().unwrap().is_some() {
            return pending().await;
        }
        let row = act.await?;
        *self.new.lock().unwrap() = Some(StepResult { step, row: row.as_ref().map(Row::read) });
        Ok(row)
    }
}

impl SessionStore for Replay<'_> {
    type Error = AppError;

    async fn rotate(&self, presented: &Presented, now: Timestamp) -> Found {
        self.run(Step::Rotate, self.session.rotate(presented, now)).await
    }

    async fn find(&self, presented: &Presented) -> Found {
        self.run(Step::Find, self.session.find(presented)).await
    }

    async fn reissue(&self, presented: &Presented, now: Timestamp) -> Found {
        self.run(Step::Repeat, self.session.reissue(presented, now)).await
    }

    async fn resume_from_token(&self, presented: &Presented, seen: i64, now: Timestamp) -> Found {
        self.run(Step::Adopt, self.session.resume_from_token(presented, seen, now)).await
    }

    async fn revoke(&self, presented: &Presented) -> Result<bool, AppError> {
        let revoke = async {
            let was_running = self.session.revoke(presented).await?;
            Ok(was_running.then(|| self.session.row()))
        };
        Ok(self.run(Step::Revoke, revoke).await?.is_some())
    }
}

type Found = Result<Option<SessionRow>, AppError>;
