//! Five policies for a refresh token that is used a second time. `Policy::Handstamp` is the real engine.

use futures::FutureExt;
use handstamp_engine::{
    clock::Timestamp,
    keys::{KeyRing, ServerSecret},
    refresh_token::{RefreshToken, TokenHash},
    rotation::{self, Presented, in_memory::InMemorySession, refresh},
};
use std::{sync::LazyLock, time::Duration};
use uuid::Uuid;
use zeroize::Zeroizing;

/// A refresh token: its index in the order in which the session issued them.
pub(crate) type Token = usize;

/// The result of a refresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// 200 with an access token and this refresh token.
    Replaced(Token),
    /// 200 with an access token; the refresh token stays the same.
    Kept,
    /// 409: the client retries with the refresh token that its cookie jar holds then.
    Retry,
    /// 401: the session is over.
    LoggedOut,
}

/// One session on a server.
pub(crate) trait Session {
    fn refresh(&mut self, token: Token, attempt: Option<u64>, now: i64) -> Verdict;
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Policy {
    Handstamp,
    Strict,
    NewChild,
    SameSuccessor,
    OneBehind,
}

impl Policy {
    pub(crate) const ALL: [Self; 5] =
        [Self::Strict, Self::NewChild, Self::SameSuccessor, Self::OneBehind, Self::Handstamp];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Handstamp => "attempt ids, window 10 s, hold 20 s",
            Self::Strict => "strict: spent = theft",
            Self::NewChild => "a new child within 30 s",
            Self::SameSuccessor => "the same successor within 30 s",
            Self::OneBehind => "one generation behind, no time limit",
        }
    }

    /// Returns a session right after its login, whose first token is 0.
    pub(crate) fn log_in(self) -> Box<dyn Session> {
        match self {
            Self::Handstamp => Box::new(Handstamp::log_in()),
            Self::Strict => Box::new(Chain::within(0)),
            Self::SameSuccessor => Box::new(Chain::within(GRACE)),
            Self::OneBehind => Box::new(Chain::within(i64::MAX)),
            Self::NewChild => Box::new(Tree { spent: vec![None], over: false }),
        }
    }
}

/// The reuse window of the policies with one, in milliseconds.
const GRACE: i64 = 30_000;

/// The defaults of `HANDSTAMP_REUSE_WINDOW` and `HANDSTAMP_IDLE_TTL`.
const POLICY: rotation::Policy = rotation::Policy { window: Duration::from_secs(10), idle: None };

static KEY_RING: LazyLock<KeyRing> = LazyLock::new(|| {
    let secret = ServerSecret::new(vec![7; 32]).expect("32 bytes are enough for a server secret");
    KeyRing::new(&[secret]).expect("a single secret is valid")
});

/// The real tokens and the real engine, with a session in memory.
struct Handstamp {
    session: InMemorySession,
    chain: Vec<Presented>,
    newest: RefreshToken,
}

impl Handstamp {
    fn log_in() -> Self {
        let first =
            RefreshToken::generate(KEY_RING.newest(), Uuid::from_u128(7), Zeroizing::new([9; 32]));
        let year = Duration::from_hours(24 * 365);
        let session =
            InMemorySession::start(first.session(), first.hash(), year, Timestamp(0), POLICY);
        Self { session, chain: Vec::new(), newest: first }
    }

    fn presented(&mut self, token: Token) -> Presented {
        while self.chain.len() <= token {
            let successor =
                self.newest.successor(&KEY_RING).expect("the key ring has the key of every token");
            self.chain.push(Presented {
                session: self.newest.session(),
                generation: self.newest.generation(),
                token: self.newest.hash(),
                successor: successor.hash(),
                attempt: None,
            });
            self.newest = successor;
        }
        self.chain[token]
    }
}

impl Session for Handstamp {
    fn refresh(&mut self, token: Token, attempt: Option<u64>, now: i64) -> Verdict {
        let attempt = attempt.map(|attempt| TokenHash::of(&attempt.to_string()));
        let presented = Presented { attempt, ..self.presented(token) };
        let outcome = refresh(&self.session, &presented, Timestamp(now), &POLICY)
            .now_or_never()
            .expect("a session in memory is never pending");
        match outcome {
            Ok(granted) if granted.rotated => Verdict::Replaced(token + 1),
            Ok(_) => Verdict::Kept,
            Err(error) if error.status == 409 => Verdict::Retry,
            Err(_) => Verdict::LoggedOut,
        }
    }
}

/// One token is valid. Its predecessor returns it during the reuse window.
struct Chain {
    newest: Token,
    rotated_at: i64,
    grace: i64,
    over: bool,
}

impl Chain {
    fn within(grace: i64) -> Self {
        Self { newest: 0, rotated_at: 0, grace, over: false }
    }
}

impl Session for Chain {
    fn refresh(&mut self, token: Token, _: Option<u64>, now: i64) -> Verdict {
        if !self.over && token == self.newest {
            self.newest += 1;
            self.rotated_at = now;
        } else if token + 1 != self.newest || now - self.rotated_at >= self.grace {
            self.over = true;
        }
        if self.over { Verdict::LoggedOut } else { Verdict::Replaced(self.newest) }
    }
}

/// A spent token returns another new token during the reuse window, so the session forks.
struct Tree {
    spent: Vec<Option<i64>>,
    over: bool,
}

impl Session for Tree {
    fn refresh(&mut self, token: Token, _: Option<u64>, now: i64) -> Verdict {
        let spent = *self.spent[token].get_or_insert(now);
        self.over |= now - spent >= GRACE;
        if self.over {
            return Verdict::LoggedOut;
        }
        self.spent.push(None);
        Verdict::Replaced(self.spent.len() - 1)
    }
}
