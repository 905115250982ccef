//! The refresher: one refresh at a time, whoever asks for it.
//!
//! It sends raw requests, never through the interceptor. A refresh is a task of its own: nobody who
//! waits for it can cancel it, and nothing that a caller does runs inside it.

use super::{
    platform::Platform,
    replay::{ReplayRequest, ReplayResponse},
    session::{SessionState, SessionStore, SignedOutReason},
    trace::{Event, Trace},
};
use crate::{
    auth::types::BrowserTokens,
    error::{AppError, ErrorCode},
};
use futures::{
    FutureExt,
    channel::oneshot,
    future::{Either, LocalBoxFuture, Shared, select},
};
use http::Method;
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

/// How long a refresh may take, in milliseconds: shorter than the server's default reuse window, so
/// that the repeat still falls into it.
pub const TIMEOUT: f64 = 8000.0;

/// How often a refresh is sent again at once when the server says 409.
const TRIES: u32 = 3;
const FIRST_WAIT: f64 = 500.0;
const LONGEST_WAIT: f64 = 30_000.0;

/// What a refresh brought: the generation of the new token, or why there is none.
pub type Outcome = Result<u64, AppError>;

type Flight = Shared<oneshot::Receiver<Outcome>>;

/// Refreshes the access token.
pub struct Refresher<P> {
    path: &'static str,
    platform: Rc<P>,
    session: Rc<SessionStore>,
    trace: Rc<Trace>,
    flight: RefCell<Option<Flight>>,
    failures: Cell<u32>,
    not_before: Cell<f64>,
}

impl<P: Platform> Refresher<P> {
    /// A refresher that posts to `path`.
    pub fn new(
        path: &'static str,
        platform: Rc<P>,
        session: Rc<SessionStore>,
        trace: Rc<Trace>,
    ) -> Rc<Self> {
        Rc::new(Self {
            path,
            platform,
            session,
            trace,
            flight: RefCell::default(),
            failures: Cell::default(),
            not_before: Cell::default(),
        })
    }

    /// Refreshes, or joins the refresh that is under way. After a failure it answers at once with
    /// another one until the back-off is over.
    pub fn refresh(self: &Rc<Self>) -> LocalBoxFuture<'static, Outcome> {
        let under_way = self.flight.borrow().is_some();
        if under_way || self.platform.now() >= self.not_before.get() {
            return self.refresh_now();
        }
        async { Err(ErrorCode::Offline.into()) }.boxed_local()
    }

    /// As [`refresh`](Self::refresh), without regard to the back-off: a person asked for it.
    pub fn refresh_now(self: &Rc<Self>) -> LocalBoxFuture<'static, Outcome> {
        let running = self.flight.borrow().clone();
        let flight = match running {
            Some(flight) => {
                self.trace.note(Event::RefreshJoined);
                flight
            }
            None => self.depart(),
        };
        async move { flight.await.unwrap_or_else(|_| Err(ErrorCode::Offline.into())) }.boxed_local()
    }

    fn depart(self: &Rc<Self>) -> Flight {
        let (send, receive) = oneshot::channel();
        let flight = receive.shared();
        *self.flight.borrow_mut() = Some(flight.clone());
        let this = Rc::clone(self);
        self.platform.spawn(
            async move {
                let outcome = this.fly().await;
                *this.flight.borrow_mut() = None;
                let _ = send.send(outcome);
            }
            .boxed_local(),
        );
        flight
    }

    async fn fly(self: &Rc<Self>) -> Outcome {
        let epoch = self.session.epoch();
        let mut answer = self.ask().await;
        for _ in 1..TRIES {
            if !matches!(&answer, Some(answer) if answer.status == 409) {
                break;
            }
            self.platform.sleep(100.0 + 200.0 * self.platform.random()).await;
            answer = self.ask().await;
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
                _ => Err(self.back_off(answer.into_error())),
            },
            None => Err(self.back_off(ErrorCode::Offline.into())),
        }
    }

    /// One request; nothing when there was no answer in time.
    async fn ask(&self) -> Option<ReplayResponse> {
        self.platform.ensure_attempt();
        self.trace.note(Event::RefreshStarted);
        let request =
            ReplayRequest { keepalive: true, ..ReplayRequest::new(Method::POST, self.path) };
        let answer = in_time(self.platform.as_ref(), &request).await;
        self.trace.note(Event::RefreshAnswered {
            status: answer.as_ref().map_or(0, |answer| answer.status),
        });
        answer
    }

    fn land(self: &Rc<Self>, answer: &ReplayResponse) -> Outcome {
        match serde_json::from_slice::<BrowserTokens>(&answer.body) {
            Ok(tokens) if tokens.expires_in > 0 => {
                self.failures.set(0);
                self.not_before.set(0.0);
                let generation = self.session.replace(tokens, self.platform.now());
                self.trace.note(Event::TokenReplaced { generation });
                Ok(generation)
            }
            _ => Err(self.back_off(ErrorCode::Unavailable.into())),
        }
    }

    fn sign_out(&self, refusal: AppError) -> AppError {
        let known = self.session.known(self.platform.now());
        self.session.end(SignedOutReason::of(&refusal, known));
        self.trace.note(Event::SignedOut);
        refusal
    }

    /// The session stays. The next try waits, longer after every failure, and comes by itself while
    /// the client has no good token.
    fn back_off(self: &Rc<Self>, error: AppError) -> AppError {
        let failures = self.failures.get().saturating_add(1);
        self.failures.set(failures);
        let doubled = FIRST_WAIT * f64::from(2_u32.saturating_pow(failures.min(16) - 1));
        let jittered = doubled.min(LONGEST_WAIT) * (0.5 + self.platform.random() / 2.0);
        let wait = jittered.max(f64::from(error.retry_after.unwrap_or(0)) * 1000.0);
        let now = self.platform.now();
        self.not_before.set(now + wait);
        if !self.session.held().is_some_and(|held| held.times.is_good(now)) {
            self.session.go_offline();
            self.try_again_after(wait);
        }
        error
    }

    /// Tries again by itself, unless another failure has set a later time meanwhile.
    fn try_again_after(self: &Rc<Self>, wait: f64) {
        let (this, sleep) = (Rc::clone(self), self.platform.sleep(wait));
        let due = self.not_before.get();
        self.platform.spawn(
            async move {
                sleep.await;
                let is_latest = this.not_before.get() <= due;
                if is_latest && this.session.state() == SessionState::Offline {
                    let _ = this.refresh_now().await;
                }
            }
            .boxed_local(),
        );
    }
}

/// Sends a raw request of `/auth`; nothing when there was no answer within [`TIMEOUT`].
pub async fn in_time<P: Platform>(platform: &P, request: &ReplayRequest) -> Option<ReplayResponse> {
    match select(platform.fetch(request, None), platform.sleep(TIMEOUT)).await {
        Either::Left((answer, _)) => answer.ok(),
        Either::Right(_) => None,
    }
}
