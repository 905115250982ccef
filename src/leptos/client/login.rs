//! Login on the client.

use super::{
    context::Context,
    cross_tab::Message,
    logout::PendingLogout,
    platform::Platform,
    refresh::Refresher,
    session::SessionStore,
    state::SessionState,
    trace::{Event, Trace},
    transport::{AUTH_TIMEOUT, Transport},
};
use futures::{
    FutureExt,
    future::{Either, LocalBoxFuture, select},
};
use handstamp_protocol::{
    error::{AppError, ErrorCode},
    types::BrowserTokens,
};
use std::{cell::Cell, rc::Rc};

/// How long a login waits for the lock, in milliseconds: longer than a request of another tab may take, because its
/// late response would set or clear the cookie.
pub(super) const LOCK_TIMEOUT: f64 = AUTH_TIMEOUT + 1000.0;

/// In milliseconds.
const LOGIN_TIMEOUT: f64 = 30_000.0;

/// Counts the logins of this tab that are in flight. As long as there are any, no other request starts that could
/// change the cookie.
#[derive(Debug, Clone, Default)]
pub struct InFlightLogins(Rc<Cell<u32>>);

impl InFlightLogins {
    /// Whether there are any.
    pub fn are_in_flight(&self) -> bool {
        self.0.get() > 0
    }

    fn start(&self) -> InFlightLogin {
        self.0.set(self.0.get() + 1);
        InFlightLogin(Rc::clone(&self.0))
    }
}

/// Counts as a login in flight until it is dropped.
struct InFlightLogin(Rc<Cell<u32>>);

impl Drop for InFlightLogin {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

/// Runs logins and starts their sessions.
pub struct LoginFlow<P> {
    platform: Rc<P>,
    transport: Rc<Transport<P>>,
    session: Rc<SessionStore>,
    trace: Rc<Trace>,
    logins: InFlightLogins,
    refresher: Rc<Refresher<P>>,
    pending_logout: Rc<PendingLogout<P>>,
    has_lost_response: Cell<bool>,
}

impl<P: Platform> LoginFlow<P> {
    /// Returns a flow without a login.
    pub fn new(
        context: &Context<P>,
        logins: InFlightLogins,
        refresher: Rc<Refresher<P>>,
        pending_logout: Rc<PendingLogout<P>>,
    ) -> Rc<Self> {
        let Context { platform, transport, session, trace } = context.clone();
        let has_lost_response = Cell::default();
        Rc::new(Self {
            platform,
            transport,
            session,
            trace,
            logins,
            refresher,
            pending_logout,
            has_lost_response,
        })
    }

    /// Runs `login` and starts the session of its tokens, in every tab.
    ///
    /// Every other request of this tab that could change the cookie is cancelled, and those of the other tabs are
    /// waited for, so that no late response overwrites the new cookie.
    ///
    /// # Errors
    /// Fails with the error of `login`, or with `unavailable` if its tokens can't be used.
    pub async fn log_in(
        &self,
        login: LocalBoxFuture<'static, Result<BrowserTokens, AppError>>,
    ) -> Result<(), AppError> {
        let paused = PausedRefresh { flow: self, login: Some(self.logins.start()) };
        self.pending_logout.cancel();
        self.refresher.cancel();
        let _lock = self.platform.acquire_lock(LOCK_TIMEOUT).await;
        // By this id the server recognises the login if the response is lost and the user repeats it.
        self.platform.store_login_id();
        let tokens = match self.with_timeout(login).await {
            Ok(tokens) if tokens.are_usable() => tokens,
            Ok(_) => return Err(ErrorCode::Unavailable.into()),
            Err(error) => self.recover_session(error).await?,
        };
        self.has_lost_response.set(false);
        // The login has ended the previous session of the browser, so its logout need not be sent any more.
        self.pending_logout.cancel();
        self.platform.set_pending_logout(false);
        let message = Message::Began(tokens.clone());
        let generation = self.session.start(tokens, self.platform.now());
        self.trace.record(Event::TokenReplaced { generation });
        self.platform.broadcast(&message);
        paused.finish();
        Ok(())
    }

    async fn with_timeout(
        &self,
        login: LocalBoxFuture<'static, Result<BrowserTokens, AppError>>,
    ) -> Result<BrowserTokens, AppError> {
        let timeout = async {
            self.platform.sleep(LOGIN_TIMEOUT).await;
            // A login has no timeout while a middleware may delay it.
            while self.transport.delays_requests() {
                self.platform.sleep(LOGIN_TIMEOUT).await;
            }
        };
        match select(login, timeout.boxed_local()).await {
            Either::Left((result, _)) => result,
            Either::Right(_) => Err(ErrorCode::Offline.into()),
        }
    }

    /// Returns the session of a login that failed with `error` if its cookie has arrived nevertheless: the response
    /// may have been lost after the server had logged the user in. Sends at most one refresh.
    ///
    /// # Errors
    /// Fails with `error` if there is no such session.
    async fn recover_session(&self, error: AppError) -> Result<BrowserTokens, AppError> {
        // Before it is known whether a session is active, one that is found could be another user's.
        if matches!(self.session.state(), SessionState::Starting | SessionState::Offline(_)) {
            return Err(error);
        }
        if is_lost(&error) {
            self.has_lost_response.set(true);
        }
        // The response to a login clears the cookie of a pending logout. If that cookie is still there, the response
        // has not arrived, and the session in the cookie jar is the one that the user has ended.
        if !self.has_lost_response.get() || self.platform.has_pending_logout() {
            return Err(error);
        }
        let Ok(found) = self.refresher.session_of_cookie().await else { return Err(error) };
        self.has_lost_response.set(false);
        match found {
            // The session from before the login, which may have got a new token.
            Some(tokens) if self.session.has_seen(&tokens.session_id) => {
                let _ = self.session.replace(tokens, self.platform.now());
                Err(error)
            }
            Some(tokens) => Ok(tokens),
            None => Err(error),
        }
    }

    /// Whether the response to a login was lost, and it is not known yet whether the login succeeded.
    pub(super) fn has_lost_response(&self) -> bool {
        self.has_lost_response.get()
    }

    /// A refresh has shown which session the cookie belongs to.
    pub(super) fn clear_lost_response(&self) {
        self.has_lost_response.set(false);
    }
}

/// Whether a login may have succeeded although it failed with `error`: there was no response, or a proxy sent it. The
/// server's own responses with this code contain a request id.
fn is_lost(error: &AppError) -> bool {
    let is_foreign = error.code == ErrorCode::Unavailable && error.request_id.is_none();
    error.code == ErrorCode::Offline || is_foreign
}

/// The refresh or logout that a login has interrupted. It resumes if the login fails or is dropped.
struct PausedRefresh<'a, P: Platform> {
    flow: &'a LoginFlow<P>,
    login: Option<InFlightLogin>,
}

impl<P: Platform> PausedRefresh<'_, P> {
    /// The login has succeeded, so nothing resumes.
    fn finish(mut self) {
        self.login.take();
    }
}

impl<P: Platform> Drop for PausedRefresh<'_, P> {
    fn drop(&mut self) {
        let Some(login) = self.login.take() else { return };
        drop(login);
        self.flow.pending_logout.resume();
        let state = self.flow.session.state();
        if matches!(state, SessionState::Starting | SessionState::Offline(_)) {
            drop(self.flow.refresher.refresh_now());
        }
    }
}
