//! Coming in and going out: what a login and a logout are to this client.

use super::{
    back_off::BackOff,
    cross_tab::Message,
    interceptor::Interceptor,
    platform::{Platform, Turn},
    session::SessionStore,
    state::{SessionState, SignedOutReason},
    trace::Event,
    transport::{TIMEOUT, Transport},
};
use crate::protocol::{
    error::{AppError, ErrorCode},
    types::BrowserTokens,
};
use futures::{
    FutureExt,
    future::{AbortHandle, Either, LocalBoxFuture, abortable, ready, select},
};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

/// How long a login and a logout that is told later wait for their turn, in milliseconds: longer than a
/// request of another tab may take, because its late answer would set or clear the cookie.
const PATIENCE: f64 = TIMEOUT + 1000.0;

/// A login that takes longer has failed, in milliseconds.
const LONGEST_LOGIN: f64 = 30_000.0;

/// Counts the logins that are under way in this tab. While there are any, nothing else begins that
/// moves the cookie.
#[derive(Debug, Clone, Default)]
pub struct InFlightLogins(Rc<Cell<u32>>);

impl InFlightLogins {
    /// Counts one, until what this answers is dropped.
    pub fn begin(&self) -> Turn {
        self.0.set(self.0.get() + 1);
        let counted = Rc::clone(&self.0);
        Turn::new(move || counted.set(counted.get() - 1))
    }

    /// Whether there are any.
    pub fn are_under_way(&self) -> bool {
        self.0.get() > 0
    }
}

impl<P: Platform> Interceptor<P> {
    /// Finds out whether somebody is still logged in: the boot refresh. Where the server has yet to
    /// hear of a logout, it is told of that instead.
    pub fn start(&self) {
        if self.session().state() != SessionState::Starting {
            return;
        }
        if self.platform().is_logout_due() {
            self.session().end(SignedOutReason::LoggedOutUnconfirmed);
            self.farewell().resume();
        } else {
            drop(self.refresher().refresh());
        }
    }

    /// Logs in: runs `login`, and begins the session that it answers, in every tab.
    ///
    /// Whatever else is about to move the cookie is cancelled here, and waited for in the other tabs, so
    /// that no late answer takes the place of the new one.
    ///
    /// # Errors
    /// Those of `login`; `unavailable` where its answer can't be used.
    pub async fn begin(
        &self,
        login: LocalBoxFuture<'static, Result<BrowserTokens, AppError>>,
    ) -> Result<(), AppError> {
        let platform = self.platform();
        let interrupted = PausedRefresh { client: self, login: Some(self.logins().begin()) };
        self.farewell().abandon();
        self.refresher().abandon();
        let _turn = platform.acquire_lock(PATIENCE).await;
        // If the answer is lost, the server recognises the same login by it.
        platform.begin_login();
        let patience = async {
            platform.sleep(LONGEST_LOGIN).await;
            // A login that is held takes as long as whoever holds it.
            while self.wire().is_paced() {
                platform.sleep(LONGEST_LOGIN).await;
            }
        };
        let answer = match select(login, patience.boxed_local()).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => Err(ErrorCode::Offline.into()),
        };
        let tokens = match answer {
            Ok(tokens) if tokens.are_usable() => tokens,
            Ok(_) => return Err(ErrorCode::Unavailable.into()),
            Err(error) => self.session_after(error).await?,
        };
        self.has_lost_login().set(false);
        // The login has ended the session that the browser had: the server needs not be told of it.
        self.farewell().abandon();
        platform.remember_logout(false);
        let news = Message::Began(tokens.clone());
        let generation = self.session().begin(tokens, platform.now());
        self.trace().note(Event::TokenReplaced { generation });
        platform.tell(&news);
        interrupted.finish();
        Ok(())
    }

    /// Returns the session of a login that failed with `error`, if its cookie has arrived all the same: the answer
    /// may have been lost on the way after the server had logged the user in. Asks the server once.
    ///
    /// # Errors
    /// `error`, if there is no such session.
    async fn session_after(&self, error: AppError) -> Result<BrowserTokens, AppError> {
        // Before it is known whether a session runs, one that is found could be another user's.
        if matches!(self.session().state(), SessionState::Starting | SessionState::Offline(_)) {
            return Err(error);
        }
        if is_lost(&error) {
            self.has_lost_login().set(true);
        }
        // The answer of a login clears the cookie of a pending logout. If that cookie is still there, the answer has
        // not arrived, and the session in the cookie jar is the one that the user has ended.
        if !self.has_lost_login().get() || self.platform().is_logout_due() {
            return Err(error);
        }
        let Ok(found) = self.refresher().session_of_cookie().await else { return Err(error) };
        self.has_lost_login().set(false);
        match found {
            // The session from before the login, which may have got a new token.
            Some(tokens) if self.session().knows(&tokens.session_id) => {
                let _ = self.session().replace(tokens, self.platform().now());
                Err(error)
            }
            Some(tokens) => Ok(tokens),
            None => Err(error),
        }
    }

    /// Logs out: this browser forgets the session at once, in every tab, and the server is told, by
    /// and by where it is out of reach.
    pub fn log_out(&self) {
        self.platform().remember_logout(true);
        self.forget(SignedOutReason::LoggedOut);
        self.farewell().tell_server();
    }

    /// Forgets a session that the server has ended because the person wanted it.
    pub fn forget(&self, reason: SignedOutReason) {
        self.refresher().forget(reason);
    }
}

/// Whether a login may have succeeded although its answer is `error`: there was no answer, or a proxy gave it in
/// place of the server, whose own answers of this kind name their request.
fn is_lost(error: &AppError) -> bool {
    let is_foreign = error.code == ErrorCode::Unavailable && error.request_id.is_none();
    error.code == ErrorCode::Offline || is_foreign
}

/// What a login interrupts. It goes on where the login failed, or nobody waits for it any more.
struct PausedRefresh<'a, P: Platform> {
    client: &'a Interceptor<P>,
    login: Option<Turn>,
}

impl<P: Platform> PausedRefresh<'_, P> {
    /// The login has succeeded: there is nothing to go on with.
    fn finish(mut self) {
        self.login.take();
    }
}

impl<P: Platform> Drop for PausedRefresh<'_, P> {
    fn drop(&mut self) {
        let Some(login) = self.login.take() else { return };
        drop(login);
        self.client.farewell().resume();
        let state = self.client.session().state();
        if matches!(state, SessionState::Starting | SessionState::Offline(_)) {
            drop(self.client.refresher().refresh_now());
        }
    }
}

/// Tells the server of a logout until it has heard it.
pub struct PendingLogout<P> {
    path: &'static str,
    platform: Rc<P>,
    wire: Rc<Transport<P>>,
    session: Rc<SessionStore>,
    logins: InFlightLogins,
    telling: RefCell<Option<AbortHandle>>,
}

impl<P: Platform> PendingLogout<P> {
    /// Tells by posting to `path`.
    pub fn new(
        path: &'static str,
        (platform, wire, session): (Rc<P>, Rc<Transport<P>>, Rc<SessionStore>),
        logins: InFlightLogins,
    ) -> Rc<Self> {
        Rc::new(Self { path, platform, wire, session, logins, telling: RefCell::default() })
    }

    /// Begins to tell, at once: the person may close the page.
    pub fn tell_server(self: &Rc<Self>) {
        self.begin_to_tell(true);
    }

    /// Goes on where something is left to tell, when it is this tab's turn. Where it goes on already,
    /// the wait for the next try is over.
    pub fn resume(self: &Rc<Self>) {
        if self.platform.is_logout_due() && !self.logins.are_under_way() {
            self.begin_to_tell(false);
        }
    }

    /// Whether it is telling, or waits to tell again.
    pub fn is_telling(&self) -> bool {
        self.telling.borrow().is_some()
    }

    /// Stops telling.
    pub fn abandon(&self) {
        if let Some(telling) = self.telling.take() {
            telling.abort();
        }
    }

    fn begin_to_tell(self: &Rc<Self>, at_once: bool) {
        self.abandon();
        let this = Rc::clone(self);
        let (work, abort) = abortable(async move {
            this.retry_until_confirmed(at_once).await;
            this.telling.take();
        });
        *self.telling.borrow_mut() = Some(abort);
        self.platform.spawn(work.map(|_| ()).boxed_local());
    }

    async fn retry_until_confirmed(&self, at_once: bool) {
        let back_off = BackOff::default();
        let is_remembered = self.platform.is_logout_due();
        let mut waits = !at_once;
        loop {
            // The first try may go out at once, and takes its turn meanwhile.
            let mut turn = self.platform.acquire_lock(PATIENCE);
            if waits {
                turn = ready(turn.await).boxed_local();
                if is_remembered && !self.platform.is_logout_due() {
                    // Another tab has told it, or somebody has logged in, which ended the session too.
                    break;
                }
            }
            let Err(retry_after) = self.tell().await else { break };
            drop(turn);
            self.session.confirm_logout(false);
            let wait = back_off.fail(self.platform.now(), self.platform.random(), retry_after);
            self.platform.sleep(wait).await;
            waits = true;
        }
        self.platform.remember_logout(false);
        self.session.confirm_logout(true);
    }

    /// Tells it once. Where the server has not heard it, answers the seconds after which it wants to be
    /// asked again, if it names a time.
    async fn tell(&self) -> Result<(), Option<u32>> {
        match self.wire.post_with_refresh_cookie(self.path, None).await {
            // The server's own words: a page of somebody on the way may come with 200 too.
            Some(answer) if answer.status == 200 && answer.body.as_ref() == b"null" => Ok(()),
            Some(answer) => Err(answer.into_error().retry_after),
            None => Err(None),
        }
    }
}
