//! The session store: the access token and who is logged in. In memory, and nowhere else.

use crate::{
    auth::types::{AccessToken, BrowserTokens, User},
    error::{AppError, EndReason, ErrorCode},
};
use std::{cell::RefCell, rc::Rc};

/// Where this client stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionState {
    /// The first refresh is not answered yet.
    Starting,
    /// Nobody is logged in.
    SignedOut(SignedOutReason),
    /// Somebody is logged in.
    SignedIn,
    /// The session is believed good, and the server is out of reach.
    Offline,
}

/// Why nobody is logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedOutReason {
    /// There was no session to begin with.
    NoSession,
    /// The person logged out here.
    LoggedOut,
    /// The person logged out here, and the server has not heard of it.
    LoggedOutUnconfirmed,
    /// The session reached its end.
    Expired,
    /// The server ended the session.
    Revoked(Option<EndReason>),
}

/// What this page knew of the session when a refresh was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownSession {
    /// None: this was the first refresh.
    None,
    /// It had time left.
    Running,
    /// Its time was over.
    Over,
}

impl SignedOutReason {
    /// Reads the server's refusal of a refresh.
    ///
    /// At the end of a session the browser throws the cookie away by itself, and another tab's logout
    /// does the same: the server then sees no token, and only the page knows that there was one.
    pub fn of(refusal: &AppError, known: KnownSession) -> Self {
        match refusal.code {
            ErrorCode::RefreshTokenMissing => match known {
                KnownSession::None => Self::NoSession,
                KnownSession::Running => Self::Revoked(None),
                KnownSession::Over => Self::Expired,
            },
            ErrorCode::SessionRevoked => Self::Revoked(refusal.reason),
            ErrorCode::RefreshTokenReused => Self::Revoked(Some(EndReason::Reuse)),
            _ => Self::Expired,
        }
    }
}

/// What a page may know of the session.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// Where this client stands.
    pub state: SessionState,
    /// Who is logged in.
    pub user: Option<User>,
    /// The token's generation in this client, and its lifetime; `None` without a token.
    pub token: Option<TokenTimes>,
}

/// The times of the held access token, in milliseconds of the monotonic clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TokenTimes {
    /// Counts up with every new token in this client.
    pub generation: u64,
    /// When it came.
    pub held_since: f64,
    /// When it expires.
    pub expires_at: f64,
}

impl Held {
    /// Whether this token took the place of `other` in the same session. A token of another login is
    /// no replacement: it may be another person's.
    pub fn replaces(&self, other: &Self) -> bool {
        self.epoch == other.epoch && self.times.generation > other.times.generation
    }
}

impl TokenTimes {
    /// Whether the token is in the last tenth of its life (at least two seconds, at most half of it).
    pub fn is_about_to_expire(&self, now: f64) -> bool {
        let life = self.expires_at - self.held_since;
        let margin = (life / 10.0).max(2000.0).min(life / 2.0);
        self.is_good(now) && now >= self.expires_at - margin
    }

    /// Whether the token is not over by this client's reckoning.
    pub fn is_good(&self, now: f64) -> bool {
        now < self.expires_at
    }
}

/// The token to send, with the generation that a refusal is measured against.
#[derive(Debug, Clone)]
pub struct Held {
    /// The access token.
    pub token: AccessToken,
    /// Which login it belongs to.
    pub epoch: u64,
    /// Its times.
    pub times: TokenTimes,
}

type Listener = Rc<dyn Fn(Snapshot)>;

/// In milliseconds: the server counts whole seconds, and its answer was under way for a while.
const END_MARGIN: f64 = 2000.0;

struct Inner {
    state: SessionState,
    ends_at: f64,
    user: Option<User>,
    held: Option<Held>,
    generation: u64,
    epoch: u64,
}

/// Holds the session of this page. Its `epoch` counts logins and logouts: an answer that belongs to
/// an earlier epoch falls away.
pub struct SessionStore {
    inner: RefCell<Inner>,
    listeners: RefCell<Vec<Listener>>,
}

impl Default for SessionStore {
    fn default() -> Self {
        let inner = Inner {
            state: SessionState::Starting,
            ends_at: 0.0,
            user: None,
            held: None,
            generation: 0,
            epoch: 0,
        };
        Self { inner: RefCell::new(inner), listeners: RefCell::default() }
    }
}

impl SessionStore {
    /// What a page may know.
    pub fn snapshot(&self) -> Snapshot {
        let inner = self.inner.borrow();
        let token = inner.held.as_ref().map(|held| held.times);
        Snapshot { state: inner.state, user: inner.user.clone(), token }
    }

    /// The token to send, if there is one.
    pub fn held(&self) -> Option<Held> {
        self.inner.borrow().held.clone()
    }

    /// Where this client stands.
    pub fn state(&self) -> SessionState {
        self.inner.borrow().state
    }

    /// What is known of the session at `now` of the monotonic clock.
    pub fn known(&self, now: f64) -> KnownSession {
        let inner = self.inner.borrow();
        match &inner.user {
            None => KnownSession::None,
            Some(_) if now >= inner.ends_at - END_MARGIN => KnownSession::Over,
            Some(_) => KnownSession::Running,
        }
    }

    /// Counts logins and logouts.
    pub fn epoch(&self) -> u64 {
        self.inner.borrow().epoch
    }

    /// Calls `listener` at every change from now on.
    pub fn listen(&self, listener: impl Fn(Snapshot) + 'static) {
        self.listeners.borrow_mut().push(Rc::new(listener));
    }

    /// Stores a new access token over the old one. `now` is the monotonic clock's, in milliseconds.
    /// Answers the token's generation.
    pub fn replace(&self, tokens: BrowserTokens, now: f64) -> u64 {
        let generation = {
            let mut inner = self.inner.borrow_mut();
            // All tabs share one cookie jar: a refresh may come back as somebody who logged in there.
            if inner.user.as_ref().is_some_and(|user| user.id != tokens.user.id) {
                inner.epoch += 1;
            }
            inner.generation += 1;
            let times = TokenTimes {
                generation: inner.generation,
                held_since: now,
                expires_at: now + f64::from(tokens.expires_in) * 1000.0,
            };
            inner.held = Some(Held { token: tokens.access_token, epoch: inner.epoch, times });
            inner.user = Some(tokens.user);
            inner.ends_at = now + f64::from(tokens.session_expires_in) * 1000.0;
            inner.state = SessionState::SignedIn;
            inner.generation
        };
        self.tell();
        generation
    }

    /// Begins a session: what is under way for the one before falls away.
    pub fn begin(&self, tokens: BrowserTokens, now: f64) -> u64 {
        self.inner.borrow_mut().epoch += 1;
        self.replace(tokens, now)
    }

    /// Ends the session and forgets everything of it.
    pub fn end(&self, reason: SignedOutReason) {
        {
            let mut inner = self.inner.borrow_mut();
            inner.epoch += 1;
            inner.held = None;
            inner.user = None;
            inner.state = SessionState::SignedOut(reason);
        }
        self.tell();
    }

    /// The server is out of reach. Nothing is forgotten.
    pub fn go_offline(&self) {
        self.inner.borrow_mut().state = SessionState::Offline;
        self.tell();
    }

    fn tell(&self) {
        let snapshot = self.snapshot();
        let listeners = self.listeners.borrow().clone();
        for listener in listeners {
            listener(snapshot.clone());
        }
    }
}
