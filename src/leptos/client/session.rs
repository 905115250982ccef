//! The session store: the access token and the user, only in memory.

use super::{
    ended_sessions::EndedSessions,
    held::{HeldToken, TokenUpdate},
    state::{LogoutReason, SessionHint, SessionState, Snapshot, TokenTimes},
};
use handstamp_protocol::{
    error::ErrorCode,
    types::{AccessToken, BrowserTokens, User},
};
use std::{cell::RefCell, rc::Rc};

type Listener = Rc<dyn Fn(Snapshot)>;

/// How much earlier than computed a session may end, in milliseconds: the server rounds to seconds, and its response
/// took some time to arrive.
const END_MARGIN: f64 = 2000.0;

/// Whether a refresh has shown that the browser stored the cookie of the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CookieState {
    Unconfirmed,
    Confirmed,
}

struct Inner {
    state: SessionState,
    user: Option<User>,
    session_id: Option<String>,
    ends_at: f64,
    cookie: CookieState,
    held: Option<HeldToken>,
    generation: u64,
    epoch: u64,
    ended: EndedSessions,
    keeps_cookies: bool,
    failures: u32,
}

/// The session of this page. Its epoch counts logins and logouts, so that responses of an earlier epoch can be
/// discarded.
pub struct SessionStore {
    inner: RefCell<Inner>,
    listeners: RefCell<Vec<Listener>>,
}

impl Default for SessionStore {
    fn default() -> Self {
        let inner = Inner {
            state: SessionState::Starting,
            user: None,
            session_id: None,
            ends_at: 0.0,
            cookie: CookieState::Unconfirmed,
            held: None,
            generation: 0,
            epoch: 0,
            ended: EndedSessions::default(),
            keeps_cookies: true,
            failures: 0,
        };
        Self { inner: RefCell::new(inner), listeners: RefCell::default() }
    }
}

impl SessionStore {
    /// Returns the state for the page, without the token.
    pub fn snapshot(&self) -> Snapshot {
        let inner = self.inner.borrow();
        Snapshot {
            state: inner.state,
            user: inner.user.clone(),
            token: inner.held.as_ref().map(|held| held.times),
            ends_at: inner.user.as_ref().map(|_| inner.ends_at),
            keeps_cookies: inner.keeps_cookies,
            failures: inner.failures,
        }
    }

    /// Returns the token to send.
    pub fn held(&self) -> Option<HeldToken> {
        self.inner.borrow().held.clone()
    }

    /// Returns whether a user is logged in, and why not.
    pub fn state(&self) -> SessionState {
        self.inner.borrow().state
    }

    /// Returns what this page knows of the session at `now` of the monotonic clock.
    pub fn hint(&self, now: f64) -> SessionHint {
        let inner = self.inner.borrow();
        match &inner.user {
            None => SessionHint::None,
            Some(_) if now >= inner.ends_at - END_MARGIN => SessionHint::Expired,
            Some(_) if inner.cookie == CookieState::Unconfirmed => SessionHint::Unconfirmed,
            Some(_) => SessionHint::Active,
        }
    }

    /// Whether a user is logged in, as far as this page knows.
    pub fn has_user(&self) -> bool {
        self.inner.borrow().user.is_some()
    }

    /// The number of logins and logouts.
    pub fn epoch(&self) -> u64 {
        self.inner.borrow().epoch
    }

    /// The number of access tokens that were held.
    pub fn generation(&self) -> u64 {
        self.inner.borrow().generation
    }

    /// Whether there is a token that is valid at `now` by the client's clock.
    pub fn has_valid_token(&self, now: f64) -> bool {
        self.inner.borrow().held.as_ref().is_some_and(|held| held.times.is_valid(now))
    }

    /// Whether this session is the current one, or one that ended here.
    pub fn has_seen(&self, session_id: &str) -> bool {
        let inner = self.inner.borrow();
        inner.session_id.as_deref() == Some(session_id) || inner.ended.reason(session_id).is_some()
    }

    /// Calls `listener` at every further change.
    pub fn listen(&self, listener: impl Fn(Snapshot) + 'static) {
        self.listeners.borrow_mut().push(Rc::new(listener));
    }

    /// Replaces the access token by that of a refresh, and returns its generation.
    ///
    /// # Errors
    /// Fails with the reason if its session has ended here.
    pub fn replace(&self, tokens: BrowserTokens, now: f64) -> Result<u64, LogoutReason> {
        let end_reason = self.inner.borrow().ended.reason(&tokens.session_id);
        match end_reason {
            Some(reason) => Err(reason),
            None => Ok(self.store(tokens, now, CookieState::Confirmed)),
        }
    }

    /// Starts the session of a login, in a new epoch.
    pub fn start(&self, tokens: BrowserTokens, now: f64) -> u64 {
        self.inner.borrow_mut().epoch += 1;
        self.store(tokens, now, CookieState::Unconfirmed)
    }

    /// Stores the access token of another tab's refresh if it is newer.
    pub fn update_from_tab(&self, tokens: BrowserTokens, now: f64) -> TokenUpdate {
        let expires_at = now + f64::from(tokens.expires_in) * 1000.0;
        {
            let inner = self.inner.borrow();
            if inner.ended.reason(&tokens.session_id).is_some() {
                return TokenUpdate::Ignored;
            }
            if inner.session_id.as_ref().is_some_and(|id| *id != tokens.session_id) {
                return TokenUpdate::OtherSession;
            }
            if inner.held.as_ref().is_some_and(|held| held.times.expires_at > expires_at) {
                return TokenUpdate::Ignored;
            }
        }
        TokenUpdate::Stored(self.store(tokens, now, CookieState::Confirmed))
    }

    /// Replaces the access token by another one of the same session, and returns its generation. Returns `None` if
    /// there is no token.
    pub fn swap_token(&self, token: AccessToken, expires_in: u32, now: f64) -> Option<u64> {
        let generation = {
            let mut inner = self.inner.borrow_mut();
            let (generation, epoch) = (inner.generation + 1, inner.epoch);
            let held = inner.held.as_mut()?;
            *held = HeldToken { token, epoch, times: TokenTimes::new(generation, now, expires_in) };
            inner.generation = generation;
            generation
        };
        self.notify();
        Some(generation)
    }

    fn store(&self, tokens: BrowserTokens, now: f64, cookie: CookieState) -> u64 {
        let generation = {
            let mut inner = self.inner.borrow_mut();
            // All tabs share one cookie jar, so a refresh may return the session of a user who logged in elsewhere.
            if inner.user.as_ref().is_some_and(|user| user.id != tokens.user.id) {
                inner.epoch += 1;
            }
            inner.generation += 1;
            let times = TokenTimes::new(inner.generation, now, tokens.expires_in);
            inner.held = Some(HeldToken { token: tokens.access_token, epoch: inner.epoch, times });
            inner.user = Some(tokens.user);
            inner.session_id = Some(tokens.session_id);
            inner.ends_at = now + f64::from(tokens.session_expires_in) * 1000.0;
            inner.cookie = cookie;
            inner.state = SessionState::LoggedIn;
            inner.failures = 0;
            inner.generation
        };
        self.notify();
        generation
    }

    /// Ends the session and discards everything except its id, which is returned.
    pub fn end(&self, reason: LogoutReason) -> Option<String> {
        let ended = {
            let mut inner = self.inner.borrow_mut();
            inner.epoch += 1;
            inner.held = None;
            inner.user = None;
            inner.failures = 0;
            inner.state = SessionState::LoggedOut(reason);
            let ended = inner.session_id.take();
            if let Some(id) = &ended {
                inner.ended.record(id.clone(), reason);
            }
            ended
        };
        self.notify();
        ended
    }

    /// Records that this session is over, and ends it if it is the current one. Returns whether it was.
    pub fn end_if_current(&self, session_id: String, reason: LogoutReason) -> bool {
        let is_current = self.inner.borrow().session_id.as_ref() == Some(&session_id);
        if is_current {
            self.end(reason);
        } else {
            self.inner.borrow_mut().ended.record(session_id, reason);
        }
        is_current
    }

    /// The server has received the logout. Without effect if a user has logged in since.
    pub fn set_logout_confirmed(&self) {
        self.replace_reason(LogoutReason::LoggedOutUnconfirmed, LogoutReason::LoggedOut);
    }

    /// The server has not received the logout yet. Without effect if a user has logged in since.
    pub fn set_logout_unconfirmed(&self) {
        self.replace_reason(LogoutReason::LoggedOut, LogoutReason::LoggedOutUnconfirmed);
    }

    fn replace_reason(&self, old: LogoutReason, new: LogoutReason) {
        if self.state() == SessionState::LoggedOut(old) {
            self.change(|inner| inner.state = SessionState::LoggedOut(new));
        }
    }

    /// Records that the server can't be used, because of `error`. The session stays.
    pub fn go_offline(&self, error: ErrorCode) {
        self.change(|inner| {
            inner.state = SessionState::Offline(error);
            inner.failures = inner.failures.saturating_add(1);
        });
    }

    /// Records that the server responds. Returns whether it was unreachable before.
    pub fn set_reachable(&self) -> bool {
        let was_unreachable = {
            let inner = self.inner.borrow();
            let is_unreached =
                matches!(inner.state, SessionState::Offline(error) if error.is_unreached());
            is_unreached && inner.held.is_some()
        };
        if was_unreachable {
            self.change(|inner| {
                inner.state = SessionState::LoggedIn;
                inner.failures = 0;
            });
        }
        was_unreachable
    }

    /// Records whether the browser stores the cookies of this site.
    pub fn set_keeps_cookies(&self, keeps_cookies: bool) {
        if self.inner.borrow().keeps_cookies != keeps_cookies {
            self.change(|inner| inner.keeps_cookies = keeps_cookies);
        }
    }

    fn change(&self, change: impl FnOnce(&mut Inner)) {
        change(&mut self.inner.borrow_mut());
        self.notify();
    }

    fn notify(&self) {
        let snapshot = self.snapshot();
        let listeners = self.listeners.borrow().clone();
        for listener in listeners {
            listener(snapshot.clone());
        }
    }
}
