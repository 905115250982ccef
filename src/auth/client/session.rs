//! The session store: the access token and who is logged in. In memory, and nowhere else.

use super::{
    held::{HeldToken, TokenUpdate},
    state::{KnownSession, SessionState, SignedOutReason, Snapshot, TokenTimes},
};
use crate::protocol::{
    error::ErrorCode,
    types::{AccessToken, BrowserTokens, User},
};
use std::{cell::RefCell, rc::Rc};

type Listener = Rc<dyn Fn(Snapshot)>;

/// In milliseconds: the server counts whole seconds, and its answer was under way for a while.
const END_MARGIN: f64 = 2000.0;

/// How many sessions that ended are remembered. Nothing is under way for longer than a few logins take.
const MOST_ENDED: usize = 8;

struct Inner {
    state: SessionState,
    user: Option<User>,
    session_id: Option<String>,
    ends_at: f64,
    /// A refresh has shown that the browser kept the cookie.
    is_kept: bool,
    held: Option<HeldToken>,
    generation: u64,
    epoch: u64,
    /// The sessions that ended in this browser, and why: what is still under way for them falls away.
    ended: Vec<(String, SignedOutReason)>,
    keeps_cookies: bool,
    failures: u32,
}

impl Inner {
    /// Why this session ended here, if it did.
    fn why_ended(&self, session_id: &str) -> Option<SignedOutReason> {
        self.ended.iter().find(|(id, _)| id == session_id).map(|(_, reason)| *reason)
    }

    fn note_end(&mut self, session_id: String, reason: SignedOutReason) {
        self.ended.insert(0, (session_id, reason));
        self.ended.truncate(MOST_ENDED);
    }
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
            user: None,
            session_id: None,
            ends_at: 0.0,
            is_kept: false,
            held: None,
            generation: 0,
            epoch: 0,
            ended: Vec::new(),
            keeps_cookies: true,
            failures: 0,
        };
        Self { inner: RefCell::new(inner), listeners: RefCell::default() }
    }
}

impl SessionStore {
    /// What a page may know.
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

    /// The token to send, if there is one.
    pub fn held(&self) -> Option<HeldToken> {
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
            Some(_) if !inner.is_kept => KnownSession::New,
            Some(_) => KnownSession::Running,
        }
    }

    /// Counts logins and logouts.
    pub fn epoch(&self) -> u64 {
        self.inner.borrow().epoch
    }

    /// Counts the access tokens that were held.
    pub fn generation(&self) -> u64 {
        self.inner.borrow().generation
    }

    /// Whether the token that is held is good at `now` by this client's reckoning.
    pub fn has_good_token(&self, now: f64) -> bool {
        self.inner.borrow().held.as_ref().is_some_and(|held| held.times.is_good(now))
    }

    /// Whether this session is the one that is held, or one that ended here.
    pub fn knows(&self, session_id: &str) -> bool {
        let inner = self.inner.borrow();
        inner.session_id.as_deref() == Some(session_id) || inner.why_ended(session_id).is_some()
    }

    /// Calls `listener` at every change from now on.
    pub fn listen(&self, listener: impl Fn(Snapshot) + 'static) {
        self.listeners.borrow_mut().push(Rc::new(listener));
    }

    /// Stores the access token of a refresh over the old one. `now` is the monotonic clock's, in
    /// milliseconds. Answers the token's generation.
    ///
    /// # Errors
    /// Why its session was ended here meanwhile.
    pub fn replace(&self, tokens: BrowserTokens, now: f64) -> Result<u64, SignedOutReason> {
        let why_ended = self.inner.borrow().why_ended(&tokens.session_id);
        why_ended.map_or_else(|| Ok(self.store(tokens, now, true)), Err)
    }

    /// Begins the session of a login: what is under way for the one before falls away.
    pub fn begin(&self, tokens: BrowserTokens, now: f64) -> u64 {
        self.inner.borrow_mut().epoch += 1;
        self.store(tokens, now, false)
    }

    /// Takes the access token that another tab got by its refresh, where it is newer.
    pub fn take(&self, tokens: BrowserTokens, now: f64) -> TokenUpdate {
        let expires_at = now + f64::from(tokens.expires_in) * 1000.0;
        {
            let inner = self.inner.borrow();
            if inner.why_ended(&tokens.session_id).is_some() {
                return TokenUpdate::Ignored;
            }
            if inner.session_id.as_ref().is_some_and(|id| *id != tokens.session_id) {
                return TokenUpdate::OfAnother;
            }
            if inner.held.as_ref().is_some_and(|held| held.times.expires_at > expires_at) {
                return TokenUpdate::Ignored;
            }
        }
        TokenUpdate::Taken(self.store(tokens, now, true))
    }

    /// Takes another access token of the session that is held. Answers its generation, or nothing where
    /// none is held.
    pub fn swap(&self, token: AccessToken, expires_in: u32, now: f64) -> Option<u64> {
        let generation = {
            let mut inner = self.inner.borrow_mut();
            let (generation, epoch) = (inner.generation + 1, inner.epoch);
            let held = inner.held.as_mut()?;
            *held = HeldToken { token, epoch, times: TokenTimes::new(generation, now, expires_in) };
            inner.generation = generation;
            generation
        };
        self.tell();
        Some(generation)
    }

    fn store(&self, tokens: BrowserTokens, now: f64, is_kept: bool) -> u64 {
        let generation = {
            let mut inner = self.inner.borrow_mut();
            // All tabs share one cookie jar: a refresh may come back as somebody who logged in there.
            if inner.user.as_ref().is_some_and(|user| user.id != tokens.user.id) {
                inner.epoch += 1;
            }
            inner.generation += 1;
            let times = TokenTimes::new(inner.generation, now, tokens.expires_in);
            inner.held = Some(HeldToken { token: tokens.access_token, epoch: inner.epoch, times });
            inner.user = Some(tokens.user);
            inner.session_id = Some(tokens.session_id);
            inner.ends_at = now + f64::from(tokens.session_expires_in) * 1000.0;
            inner.is_kept = is_kept;
            inner.state = SessionState::SignedIn;
            inner.failures = 0;
            inner.generation
        };
        self.tell();
        generation
    }

    /// Ends the session and forgets everything of it but its id, which it answers.
    pub fn end(&self, reason: SignedOutReason) -> Option<String> {
        let ended = {
            let mut inner = self.inner.borrow_mut();
            inner.epoch += 1;
            inner.held = None;
            inner.user = None;
            inner.failures = 0;
            inner.state = SessionState::SignedOut(reason);
            let ended = inner.session_id.take();
            if let Some(id) = &ended {
                inner.note_end(id.clone(), reason);
            }
            ended
        };
        self.tell();
        ended
    }

    /// Another tab says that this session is over. Answers whether it was this tab's.
    pub fn end_of(&self, session_id: String, reason: SignedOutReason) -> bool {
        let is_ours = self.inner.borrow().session_id.as_ref() == Some(&session_id);
        if is_ours {
            self.end(reason);
        } else {
            self.inner.borrow_mut().note_end(session_id, reason);
        }
        is_ours
    }

    /// Whether the server has heard of the logout. Without effect once somebody else is logged in.
    pub fn confirm_logout(&self, is_heard: bool) {
        use SignedOutReason::{LoggedOut, LoggedOutUnconfirmed};
        let waiting = [LoggedOut, LoggedOutUnconfirmed].map(SessionState::SignedOut);
        let state =
            SessionState::SignedOut(if is_heard { LoggedOut } else { LoggedOutUnconfirmed });
        if waiting.contains(&self.state()) && self.state() != state {
            self.change(|inner| inner.state = state);
        }
    }

    /// The server can't be used, and `why`. Nothing is forgotten.
    pub fn go_offline(&self, why: ErrorCode) {
        self.change(|inner| {
            inner.state = SessionState::Offline(why);
            inner.failures = inner.failures.saturating_add(1);
        });
    }

    /// The server has answered a request. Answers whether it was out of reach before.
    pub fn come_back(&self) -> bool {
        let is_back = {
            let inner = self.inner.borrow();
            let is_unreached =
                matches!(inner.state, SessionState::Offline(why) if why.is_unreached());
            is_unreached && inner.held.is_some()
        };
        if is_back {
            self.change(|inner| {
                inner.state = SessionState::SignedIn;
                inner.failures = 0;
            });
        }
        is_back
    }

    /// Whether the browser keeps the cookies of this site.
    pub fn note_cookies(&self, are_kept: bool) {
        if self.inner.borrow().keeps_cookies != are_kept {
            self.change(|inner| inner.keeps_cookies = are_kept);
        }
    }

    fn change(&self, change: impl FnOnce(&mut Inner)) {
        change(&mut self.inner.borrow_mut());
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
