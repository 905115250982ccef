//! The real engine, one step of `SessionStore` at a time: between two of them anybody may come (row 10).
//!
//! A future can't be copied or compared, so a request under way is the list of what its steps have
//! brought. To go on, `apply` runs again from the start: the old steps answer from the list, one new
//! step happens on the row, and where the engine wants another one it waits for the next turn.

use crate::{
    tokens::{first, presented},
    world::POLICY,
};
use futures::{FutureExt, future::pending};
use handstamp::{
    engine::{
        clock::Timestamp,
        refresh_token::TokenHash,
        rotation::{Presented, SessionStore, in_memory::InMemorySession, refresh},
        session::SessionRow,
    },
    protocol::error::{AppError, EndReason, ErrorCode},
};
use std::{
    sync::{LazyLock, Mutex},
    time::Duration,
};
use uuid::Uuid;

/// The grain of time in the model: a quarter of the window.
pub(crate) const TICK: Duration = Duration::from_millis(2_500);
/// The ticks of the window; the hold is twice that.
pub(crate) const WINDOW: u8 = 4;
pub(crate) const HOLD: u8 = 2 * WINDOW;
/// The newest generation a model starts with. Only distances matter to the engine, so the model calls
/// the newest generation by this number for ever.
pub(crate) const NEWEST: u8 = 4;

const NOW: Timestamp = Timestamp(1_700_000_000_000);
const END: Timestamp = Timestamp(1_700_003_600_000);
const ATTEMPTS: usize = 12;

static CHAIN: LazyLock<Vec<Presented>> = LazyLock::new(|| {
    let mut text = first().expose_secret().to_owned();
    (0..=NEWEST + 1)
        .map(|_| {
            let shown = presented(&text, None);
            text = crate::tokens::successor(&text);
            shown
        })
        .collect()
});

static ATTEMPT: LazyLock<Vec<TokenHash>> =
    LazyLock::new(|| (0..ATTEMPTS).map(|n| TokenHash::of(&format!("attempt {n}"))).collect());

/// A session, with small numbers for its hashes and whole ticks for its age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Row {
    pub(crate) generation: u8,
    pub(crate) attempt: Option<u8>,
    pub(crate) previous: Option<u8>,
    /// Since the last rotation. No more than the window, because then nothing changes any more.
    pub(crate) age: Option<u8>,
    /// Since the token was last issued; nobody asks before the first rotation. No more than the hold.
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
            // The model has no end of repeats: it allows more than the engine does.
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
        assert_eq!(row.expires_at, END, "the end never moves");
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

/// What a step brought: the session as it was then, or nothing when its condition didn't hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Brought {
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

/// One more step of a request under way. Answers the row after it, and the answer if that was the end.
pub(crate) fn go_on(row: Row, request: Request, past: &mut Vec<Brought>) -> (Row, Option<Answer>) {
    let session = InMemorySession::from_row(row.stored(), POLICY);
    let turn =
        Turn { session: &session, past: past.clone(), at: Mutex::new(0), fresh: Mutex::new(None) };
    let attempt = request.attempt.map(|attempt| ATTEMPT[usize::from(attempt)]);
    let shown = Presented { attempt, ..CHAIN[usize::from(request.token)] };
    let outcome = refresh(&turn, &shown, NOW, &POLICY).now_or_never();
    let fresh = turn.fresh.into_inner().unwrap().unwrap();
    past.push(fresh);
    let answer = outcome.map(|outcome| match outcome {
        Ok(granted) => Answer::Granted { by: fresh.step, replaces: granted.rotated },
        Err(error) => Answer::Refused(error.code),
    });
    (Row::read(&session.row()), answer)
}

struct Turn<'a> {
    session: &'a InMemorySession,
    past: Vec<Brought>,
    at: Mutex<usize>,
    fresh: Mutex<Option<Brought>>,
}

impl Turn<'_> {
    async fn take(
        &self,
        step: Step,
        act: impl Future<Output = Result<Option<SessionRow>, AppError>> + Send,
    ) -> Result<Option<SessionRow>, AppError> {
        let at = std::mem::replace(&mut *self.at.lock().unwrap(), self.past.len());
        if let Some(past) = self.past.get(at) {
            assert_eq!(past.step, step, "the same past leads to the same step");
            *self.at.lock().unwrap() = at + 1;
            return Ok(past.row.map(Row::stored));
        }
        if self.fresh.lock().unwrap().is_some() {
            return pending().await;
        }
        let row = act.await?;
        *self.fresh.lock().unwrap() = Some(Brought { step, row: row.as_ref().map(Row::read) });
        Ok(row)
    }
}

impl SessionStore for Turn<'_> {
    type Error = AppError;

    async fn rotate(&self, shown: &Presented, now: Timestamp) -> Found {
        self.take(Step::Rotate, self.session.rotate(shown, now)).await
    }

    async fn find(&self, shown: &Presented) -> Found {
        self.take(Step::Find, self.session.find(shown)).await
    }

    async fn reissue(&self, shown: &Presented, now: Timestamp) -> Found {
        self.take(Step::Repeat, self.session.reissue(shown, now)).await
    }

    async fn resume_from_token(&self, shown: &Presented, seen: i64, now: Timestamp) -> Found {
        self.take(Step::Adopt, self.session.resume_from_token(shown, seen, now)).await
    }

    async fn revoke(&self, shown: &Presented) -> Result<bool, AppError> {
        let revoke = async {
            let was_running = self.session.revoke(shown).await?;
            Ok(was_running.then(|| self.session.row()))
        };
        Ok(self.take(Step::Revoke, revoke).await?.is_some())
    }
}

type Found = Result<Option<SessionRow>, AppError>;
