//! The refresher: one refresh at a time, whoever asks for it.
//!
//! It sends raw requests, never through the interceptor. A refresh is a task of its own: nobody who
//! waits for it can cancel it, and nothing that a caller does runs inside it.

use super::{
    back_off::BackOff,
    login::{InFlightLogins, PendingLogout},
    platform::{Platform, Unreachable},
    replay::ReplayResponse,
    session::SessionStore,
    state::{KnownSession, SessionState},
    trace::{Event, Trace},
    transport::Transport,
};
use crate::protocol::{
    error::{AppError, ErrorCode},
    types::BrowserTokens,
};
use futures::{
    FutureExt,
    channel::oneshot,
    future::{AbortHandle, Either, LocalBoxFuture, Shared, abortable, select},
};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

/// How often a refresh is sent again at once when the server says 409.
const TRIES: u32 = 3;

/// How long a refresh waits for its turn, in milliseconds: not for a tab that is stuck, because to
/// refresh at the same time does no harm.
const PATIENCE: f64 = 2000.0;

/// Between telling the other tabs and passing on the turn, in milliseconds: without it, whoever is next
/// may get its turn before the news, and refresh again.
const TIME_TO_HEAR: f64 = 100.0;

/// Asks for a refresh if anybody is logged in: that nobody is comes as [`NOBODY`] then, and as no error.
const IF_ANY: &str = r#"{"if_any":true}"#;
pub(super) const NOBODY: &[u8] = b"null";

/// What a refresh brought: the generation of the new token, or why there is none.
pub type Outcome = Result<u64, AppError>;

/// A refresh that is under way, and what cancels it.
type Flight = (Shared<oneshot::Receiver<Outcome>>, AbortHandle);

/// Refreshes the access token.
pub struct Refresher<P> {
    path: &'static str,
    pub(super) platform: Rc<P>,
    wire: Rc<Transport<P>>,
    pub(super) session: Rc<SessionStore>,
    pub(super) trace: Rc<Trace>,
    flight: RefCell<Option<Flight>>,
    pub(super) back_off: BackOff,
    /// What the last refresh met.
    pub(super) trouble: Cell<ErrorCode>,
    logins: InFlightLogins,
    pub(super) farewell: Rc<PendingLogout<P>>,
    /// Ends the wait for a turn.
    waiting: RefCell<Option<oneshot::Sender<()>>>,
    /// The attempt id of a refresh that was not answered.
    pub(super) unanswered: RefCell<Option<String>>,
}

impl<P: Platform> Refresher<P> {
    /// A refresher that posts to `path`.
    pub fn new(
        path: &'static str,
        (platform, wire, session): (Rc<P>, Rc<Transport<P>>, Rc<SessionStore>),
        trace: Rc<Trace>,
        logins: InFlightLogins,
        farewell: Rc<PendingLogout<P>>,
    ) -> Rc<Self> {
        Rc::new(Self {
            path,
            platform,
            wire,
            session,
            trace,
            flight: RefCell::default(),
            back_off: BackOff::default(),
            trouble: Cell::new(ErrorCode::Offline),
            logins,
            farewell,
            waiting: RefCell::default(),
            unanswered: RefCell::default(),
        })
    }

    /// Refreshes, or joins the refresh that is under way. After a failure it answers that failure until
    /// the back-off is over.
    pub fn refresh(self: &Rc<Self>) -> LocalBoxFuture<'static, Outcome> {
        let (under_way, left) =
            (self.flight.borrow().is_some(), self.back_off.left(self.platform.now()));
        if under_way || left <= 0.0 {
            return self.refresh_now();
        }
        let trouble = self.trouble.get();
        if self.session.state() == SessionState::SignedIn && !self.has_good_token() {
            self.session.go_offline(trouble);
            self.try_again_after(left);
        }
        async move { Err(trouble.into()) }.boxed_local()
    }

    /// As [`refresh`](Self::refresh), without regard to the back-off: a person asked for it, or
    /// something has changed.
    pub fn refresh_now(self: &Rc<Self>) -> LocalBoxFuture<'static, Outcome> {
        if self.logins.are_under_way() {
            return async { Err(ErrorCode::Offline.into()) }.boxed_local();
        }
        // A refresh would bring back a session that the person has ended in another tab.
        if self.platform.is_logout_due() {
            let refusal = self.catch_up();
            return async move { Err(refusal) }.boxed_local();
        }
        let running = self.flight.borrow().as_ref().map(|(flight, _)| flight.clone());
        let flight = match running {
            Some(flight) => {
                self.trace.note(Event::RefreshJoined);
                flight
            }
            None => self.depart(),
        };
        async move { flight.await.unwrap_or_else(|_| Err(ErrorCode::Offline.into())) }.boxed_local()
    }

    /// Cancels the refresh that is under way: its answer would set the cookie of a session that is
    /// about to be replaced.
    pub fn abandon(&self) {
        if let Some((_, abort)) = self.flight.take() {
            abort.abort();
        }
        self.unanswered.take();
        self.back_off.reset();
    }

    /// The server answers again: whatever failed before is past.
    pub fn recover(&self) {
        self.back_off.reset();
    }

    pub(super) fn has_good_token(&self) -> bool {
        self.session.has_good_token(self.platform.now())
    }

    /// Another tab has brought a good token: whoever waits for a turn to refresh needs none.
    pub fn hear(&self) {
        self.unanswered.take();
        self.recover();
        if let Some(waiting) = self.waiting.take() {
            let _ = waiting.send(());
        }
    }

    /// Asks the server by a refresh whether it can be reached, after a request that it did not answer.
    ///
    /// # Errors
    /// `offline` or `proxy_login` if it can't; the refusal of the refresh if the session is over.
    pub async fn check(self: &Rc<Self>) -> Result<(), AppError> {
        match self.refresh().await {
            Err(error) if error.code.is_unreached() || error.status == 401 => Err(error),
            _ => Ok(()),
        }
    }

    /// Asks the server once for the session of the cookie that this browser holds, if there is one. The answer is
    /// stored nowhere.
    ///
    /// # Errors
    /// If there was no answer, or one that can't be used.
    pub(super) async fn session_of_cookie(&self) -> Result<Option<BrowserTokens>, Unreachable> {
        let answer = self.ask(Some(IF_ANY)).await.ok_or(Unreachable)?;
        match answer.status {
            200 if answer.body.as_ref() == NOBODY => Ok(None),
            200 => {
                let tokens = serde_json::from_slice::<BrowserTokens>(&answer.body).ok();
                let tokens = tokens.filter(BrowserTokens::are_usable).ok_or(Unreachable)?;
                self.unanswered.take();
                Ok(Some(tokens))
            }
            401 if answer.problem().is_some() => Ok(None),
            _ => Err(Unreachable),
        }
    }

    fn depart(self: &Rc<Self>) -> Shared<oneshot::Receiver<Outcome>> {
        let (send, receive) = oneshot::channel();
        let flight = receive.shared();
        let this = Rc::clone(self);
        let (work, abort) = abortable(async move {
            let outcome = this.fly().await;
            this.flight.take();
            let _ = send.send(outcome);
        });
        *self.flight.borrow_mut() = Some((flight.clone(), abort));
        self.platform.spawn(work.map(|_| ()).boxed_local());
        flight
    }

    async fn fly(self: &Rc<Self>) -> Outcome {
        let (epoch, generation) = (self.session.epoch(), self.session.generation());
        let (tell, told) = oneshot::channel();
        self.waiting.replace(Some(tell));
        let turn = match select(self.platform.acquire_lock(PATIENCE), told).await {
            Either::Left((turn, _)) => turn,
            // Another tab has refreshed while this one waited for its turn.
            Either::Right(_) => return Ok(self.session.generation()),
        };
        self.waiting.take();
        if self.platform.is_logout_due() {
            return Err(self.catch_up());
        }
        let outcome = self.refresh_in_turn(epoch, generation).await;
        if let Some(turn) = turn.filter(|_| outcome.is_ok()) {
            let heard = self.platform.sleep(TIME_TO_HEAR);
            self.platform.spawn(heard.map(move |()| drop(turn)).boxed_local());
        }
        outcome
    }

    async fn refresh_in_turn(self: &Rc<Self>, epoch: u64, generation: u64) -> Outcome {
        if self.session.epoch() == epoch && self.session.generation() > generation {
            return Ok(self.session.generation());
        }
        let mut answer = self.ask_in(epoch).await;
        for _ in 1..TRIES {
            if !matches!(&answer, Some(answer) if answer.status == 409) {
                break;
            }
            self.platform.sleep(100.0 + 200.0 * self.platform.random()).await;
            answer = self.ask_in(epoch).await;
        }
        if self.session.epoch() != epoch {
            // Logged out or logged in meanwhile: this answer belongs to nobody.
            return Err(ErrorCode::SessionRevoked.into());
        }
        match answer {
            Some(answer) if answer.status == 200 => self.land(&answer),
            // A 401 in other words than ours comes from something on the way, and ends nothing.
            Some(answer) => match answer.problem() {
                Some(refusal) if answer.status == 401 => Err(self.sign_out(refusal)),
                _ => Err(self.fail(answer.into_error())),
            },
            None => Err(self.fail(ErrorCode::Offline.into())),
        }
    }

    /// One request; nothing when there was no answer in time, or nobody is left to ask for.
    async fn ask_in(&self, epoch: u64) -> Option<ReplayResponse> {
        if self.session.epoch() != epoch {
            return None;
        }
        self.ask(self.knows_nobody().then_some(IF_ANY)).await
    }

    async fn ask(&self, body: Option<&'static str>) -> Option<ReplayResponse> {
        let attempt = self.platform.attempt(self.unanswered.borrow().as_deref());
        self.session.note_cookies(attempt.is_some());
        *self.unanswered.borrow_mut() = attempt;
        self.wire.post_with_refresh_cookie(self.path, body).await
    }

    /// Whether it may turn out that nobody is logged in, and nothing is lost by that.
    pub(super) fn knows_nobody(&self) -> bool {
        self.session.known(self.platform.now()) == KnownSession::None
    }
}
