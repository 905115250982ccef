//! Refreshes the access token. At most one refresh runs at a time, and all callers share its result.
//!
//! Refreshes are sent by the transport, never by the interceptor. Each runs in a task of its own, so a caller that
//! goes away does not cancel it, and no code of a caller runs inside it.

use super::{
    backoff::Backoff,
    context::Context,
    cross_tab::Message,
    login::InFlightLogins,
    logout::PendingLogout,
    platform::{Platform, Unreachable},
    refresh_request::{RefreshMode, RefreshRequest, RefreshResult},
    session::SessionStore,
    single_flight::SingleFlight,
    state::{LogoutReason, SessionState},
    trace::{Event, Trace},
};
use futures::{
    FutureExt,
    channel::oneshot,
    future::{Either, LocalBoxFuture, select},
};
use handstamp_protocol::{
    error::{AppError, ErrorCode},
    types::BrowserTokens,
};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

/// How long a refresh waits for the lock, in milliseconds: not for a tab that hangs, because concurrent refreshes do
/// no harm.
const LOCK_TIMEOUT: f64 = 2000.0;

/// How long the lock is held after a token is broadcast, in milliseconds. Otherwise the next tab might get the lock
/// before the message, and refresh again.
const BROADCAST_DELAY: f64 = 100.0;

/// The generation of the new token, or why there is none.
pub type Outcome = Result<u64, AppError>;

/// Refreshes the access token.
pub struct Refresher<P> {
    platform: Rc<P>,
    session: Rc<SessionStore>,
    trace: Rc<Trace>,
    request: RefreshRequest<P>,
    running: SingleFlight<Outcome>,
    backoff: Backoff,
    /// The error of the last refresh that failed.
    last_error: Cell<ErrorCode>,
    logins: InFlightLogins,
    pending_logout: Rc<PendingLogout<P>>,
    /// Ends the wait for the lock.
    lock_wait: RefCell<Option<oneshot::Sender<()>>>,
}

impl<P: Platform> Refresher<P> {
    /// Returns a refresher that posts to `path`.
    pub fn new(
        path: &'static str,
        context: &Context<P>,
        logins: InFlightLogins,
        pending_logout: Rc<PendingLogout<P>>,
    ) -> Rc<Self> {
        let request = RefreshRequest::new(path, context);
        let Context { platform, session, trace, .. } = context.clone();
        Rc::new(Self {
            platform,
            session,
            trace,
            request,
            running: SingleFlight::default(),
            backoff: Backoff::default(),
            last_error: Cell::new(ErrorCode::Offline),
            logins,
            pending_logout,
            lock_wait: RefCell::default(),
        })
    }

    /// Refreshes, or joins the refresh that runs. After a failure, returns the same error until the backoff has
    /// elapsed.
    pub fn refresh(self: &Rc<Self>) -> LocalBoxFuture<'static, Outcome> {
        let wait = self.backoff.remaining(self.platform.now());
        if self.running.is_running() || wait <= 0.0 {
            return self.refresh_now();
        }
        let error = self.last_error.get();
        if self.session.state() == SessionState::LoggedIn && !self.has_valid_token() {
            self.session.go_offline(error);
            self.schedule_retry(wait);
        }
        async move { Err(error.into()) }.boxed_local()
    }

    /// As [`refresh`](Self::refresh), but ignores the backoff, because the user asked for it or something has changed.
    pub fn refresh_now(self: &Rc<Self>) -> LocalBoxFuture<'static, Outcome> {
        if self.logins.are_in_flight() {
            return async { Err(ErrorCode::Offline.into()) }.boxed_local();
        }
        // A refresh would restore a session that the user has ended in another tab.
        if self.platform.has_pending_logout() {
            let refusal = self.sync_logout();
            return async move { Err(refusal) }.boxed_local();
        }
        let result = match self.running.join() {
            Some(result) => {
                self.trace.record(Event::RefreshJoined);
                result
            }
            None => {
                let this = Rc::clone(self);
                self.running.start(self.platform.as_ref(), async move { this.run().await })
            }
        };
        async move { result.await.unwrap_or_else(|_| Err(ErrorCode::Offline.into())) }.boxed_local()
    }

    /// Cancels the refresh that runs, because its response would set the cookie of a session that is about to be
    /// replaced.
    pub fn cancel(&self) {
        self.running.cancel();
        self.request.discard_attempt();
        self.backoff.reset();
    }

    /// Resets the backoff, because the server responds again.
    pub fn reset_backoff(&self) {
        self.backoff.reset();
    }

    /// Another tab sent a valid token, so a refresh that waits for the lock is not needed.
    pub fn on_token_from_tab(&self) {
        self.request.discard_attempt();
        self.backoff.reset();
        if let Some(lock_wait) = self.lock_wait.take() {
            let _ = lock_wait.send(());
        }
    }

    /// Requests the tokens of the session that this browser has a cookie of, if there is one. Does not store them.
    ///
    /// # Errors
    /// If there is no response, or no usable one.
    pub(super) async fn session_of_cookie(&self) -> Result<Option<BrowserTokens>, Unreachable> {
        match RefreshResult::of(self.request.send(RefreshMode::IfAny).await) {
            RefreshResult::Tokens(tokens) => {
                self.request.discard_attempt();
                Ok(Some(tokens))
            }
            RefreshResult::NoSession | RefreshResult::Refused(_) => Ok(None),
            RefreshResult::Failed(_) => Err(Unreachable),
        }
    }

    /// Another tab logged out and its message was missed; the server may not have received the logout either.
    /// Returns the error for the callers that wait for a token.
    pub fn sync_logout(&self) -> AppError {
        let refusal = if self.session.has_user() {
            ErrorCode::SessionRevoked
        } else {
            ErrorCode::RefreshTokenMissing
        };
        if !self.is_logged_out() {
            self.discard_session(LogoutReason::LoggedOutUnconfirmed);
        }
        self.pending_logout.resume();
        refusal.into()
    }

    /// Discards the session, in every tab.
    pub fn discard_session(&self, reason: LogoutReason) {
        self.cancel();
        self.end_session(reason);
    }

    async fn run(self: &Rc<Self>) -> Outcome {
        let (epoch, generation) = (self.session.epoch(), self.session.generation());
        let (end_wait, wait_ended) = oneshot::channel();
        self.lock_wait.replace(Some(end_wait));
        let lock = match select(self.platform.acquire_lock(LOCK_TIMEOUT), wait_ended).await {
            Either::Left((lock, _)) => lock,
            // Another tab has refreshed while this one waited for the lock.
            Either::Right(_) => return Ok(self.session.generation()),
        };
        self.lock_wait.take();
        if self.platform.has_pending_logout() {
            return Err(self.sync_logout());
        }
        let outcome = self.request_token(epoch, generation).await;
        if let Some(lock) = lock.filter(|_| outcome.is_ok()) {
            let delay = self.platform.sleep(BROADCAST_DELAY);
            self.platform.spawn(delay.map(move |()| drop(lock)).boxed_local());
        }
        outcome
    }

    /// Requests a token, unless there is a newer one than that of `generation`.
    async fn request_token(self: &Rc<Self>, epoch: u64, generation: u64) -> Outcome {
        if self.session.epoch() == epoch && self.session.generation() > generation {
            return Ok(self.session.generation());
        }
        let response = self.request.send_for(epoch).await;
        if self.session.epoch() != epoch {
            // The user has logged in or out since, so the response belongs to an earlier session.
            return Err(ErrorCode::SessionRevoked.into());
        }
        match RefreshResult::of(response) {
            RefreshResult::Tokens(tokens) => self.on_tokens(tokens),
            RefreshResult::NoSession if !self.session.has_user() => {
                Err(self.on_refusal(ErrorCode::RefreshTokenMissing.into()))
            }
            RefreshResult::NoSession => Err(self.on_failure(ErrorCode::Unavailable.into())),
            RefreshResult::Refused(refusal) => Err(self.on_refusal(refusal)),
            RefreshResult::Failed(error) => Err(self.on_failure(error)),
        }
    }

    fn on_tokens(&self, tokens: BrowserTokens) -> Outcome {
        let message = Message::Refreshed(tokens.clone());
        let generation = match self.session.replace(tokens, self.platform.now()) {
            Ok(generation) => generation,
            // Another tab has announced the end of this session while the request was in flight.
            Err(reason) => {
                self.end_session(reason);
                return Err(ErrorCode::SessionRevoked.into());
            }
        };
        self.request.discard_attempt();
        self.backoff.reset();
        self.trace.record(Event::TokenReplaced { generation });
        self.platform.broadcast(&message);
        Ok(generation)
    }

    /// Ends the session, because the server refused the refresh token.
    fn on_refusal(&self, refusal: AppError) -> AppError {
        // If the user is logged out already, the first reason stays.
        if !self.is_logged_out() {
            let hint = self.session.hint(self.platform.now());
            self.end_session(LogoutReason::of(&refusal, hint));
        }
        refusal
    }

    /// Keeps the session after a transient error. The refresh is retried automatically if the server is unreachable or
    /// the client has no valid token.
    fn on_failure(self: &Rc<Self>, error: AppError) -> AppError {
        let (now, random) = (self.platform.now(), self.platform.random());
        let wait = self.backoff.record_failure(now, random, error.retry_after);
        self.last_error.set(error.code);
        if self.is_logged_out() {
            return error;
        }
        let is_offline = matches!(self.session.state(), SessionState::Offline(_));
        if is_offline || error.code.is_unreached() || !self.has_valid_token() {
            self.session.go_offline(error.code);
            self.schedule_retry(wait);
        }
        error
    }

    /// Refreshes after `wait` milliseconds, unless a later failure has extended the backoff.
    fn schedule_retry(self: &Rc<Self>, wait: f64) {
        let (this, sleep) = (Rc::clone(self), self.platform.sleep(wait));
        let due = self.backoff.until();
        let retry = async move {
            sleep.await;
            let is_latest = this.backoff.until() <= due;
            if is_latest && matches!(this.session.state(), SessionState::Offline(_)) {
                let _ = this.refresh_now().await;
            }
        };
        self.platform.spawn(retry.boxed_local());
    }

    fn end_session(&self, reason: LogoutReason) {
        if let Some(session_id) = self.session.end(reason) {
            self.platform.broadcast(&Message::Ended(session_id, reason));
        }
        self.trace.record(Event::LoggedOut { reason });
    }

    fn has_valid_token(&self) -> bool {
        self.session.has_valid_token(self.platform.now())
    }

    fn is_logged_out(&self) -> bool {
        matches!(self.session.state(), SessionState::LoggedOut(_))
    }
}
