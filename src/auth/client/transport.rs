//! The wire of this client. Every request to the server's two doors goes over it, and the trace notes it.
//!
//! Whoever wants to watch the client closely can hold it at every step, cut the wire, or send one request
//! another way ([`Transport::pace`], [`Transport::cut`], [`Transport::detour`]). Nobody but the lab does.

use super::{
    platform::{Platform, Unreachable},
    replay::{ReplayRequest, ReplayResponse},
    trace::{Event, Shows, Trace},
};
use crate::protocol::types::AccessToken;
use futures::future::{Either, LocalBoxFuture, select};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

/// How long a request of `/auth` may take, in milliseconds: shorter than the server's default reuse
/// window, so that the repeat of a refresh still falls into it.
pub const TIMEOUT: f64 = 8000.0;

/// How long any other request may take, in milliseconds: a network that swallows everything never says so.
pub const LONGEST: f64 = 30_000.0;

/// Asked before a request leaves and again before its answer is handed on: the client goes on when what
/// it answers is done.
pub type Pace = Rc<dyn Fn() -> LocalBoxFuture<'static, ()>>;

/// The wire.
pub struct Transport<P> {
    platform: Rc<P>,
    trace: Rc<Trace>,
    calls: Cell<u64>,
    answers: Cell<u64>,
    pace: RefCell<Option<Pace>>,
    is_cut: Cell<bool>,
    detour: Cell<Option<(&'static str, &'static str)>>,
}

impl<P: Platform> Transport<P> {
    /// A wire that is whole.
    pub fn new(platform: Rc<P>, trace: Rc<Trace>) -> Self {
        Self {
            platform,
            trace,
            calls: Cell::default(),
            answers: Cell::default(),
            pace: RefCell::default(),
            is_cut: Cell::default(),
            detour: Cell::default(),
        }
    }

    /// Sends a request with an access token, of this generation in the client.
    ///
    /// # Errors
    /// When there was no answer within [`LONGEST`].
    pub async fn send_with(
        &self,
        request: &ReplayRequest,
        token: &AccessToken,
        generation: u64,
    ) -> Result<ReplayResponse, Unreachable> {
        self.exchange(request, Shows::AccessToken(generation), Some(token), LONGEST).await
    }

    /// Sends a request that needs no token.
    ///
    /// # Errors
    /// When there was no answer within [`LONGEST`].
    pub async fn send(&self, request: &ReplayRequest) -> Result<ReplayResponse, Unreachable> {
        self.exchange(request, Shows::Nothing, None, LONGEST).await
    }

    /// Posts to a path of `/auth` to which the browser adds the refresh token, with a JSON body where one is
    /// given; nothing when there was no answer within [`TIMEOUT`]. It goes on when the page is left.
    pub async fn post_with_refresh_cookie(
        &self,
        path: &'static str,
        body: Option<&'static str>,
    ) -> Option<ReplayResponse> {
        let bare = ReplayRequest::new(http::Method::POST, path);
        let request = match body {
            Some(body) => bare.with_json(body.into()),
            None => bare,
        };
        let request = ReplayRequest { keepalive: true, ..request };
        self.exchange(&request, Shows::RefreshToken, None, TIMEOUT).await.ok()
    }

    async fn exchange(
        &self,
        request: &ReplayRequest,
        shows: Shows,
        bearer: Option<&AccessToken>,
        limit: f64,
    ) -> Result<ReplayResponse, Unreachable> {
        self.wait_for_pace().await;
        let led = self.led_elsewhere(request);
        let request = led.as_ref().unwrap_or(request);
        let call = self.calls.get() + 1;
        self.calls.set(call);
        self.trace.note(Event::Sent {
            call,
            method: request.method.to_string(),
            path: request.bare_path().to_owned(),
            shows,
        });
        let mut noting = Noting { trace: &self.trace, call, status: 0, server: None };
        let answer = self.fetch(request, bearer, limit).await;
        if let Ok(answer) = &answer {
            self.answers.set(self.answers.get() + u64::from(!answer.is_redirect()));
            (noting.status, noting.server) = (answer.status, answer.server_timing.clone());
        }
        drop(noting);
        self.wait_for_pace().await;
        answer
    }

    async fn fetch(
        &self,
        request: &ReplayRequest,
        bearer: Option<&AccessToken>,
        limit: f64,
    ) -> Result<ReplayResponse, Unreachable> {
        if self.is_cut.get() {
            return Err(Unreachable);
        }
        let answered = self.platform.fetch(request, bearer);
        match select(answered, self.platform.sleep(limit)).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => Err(Unreachable),
        }
    }

    async fn wait_for_pace(&self) {
        let pace = self.pace.borrow().clone();
        if let Some(pace) = pace {
            pace().await;
        }
    }

    fn led_elsewhere(&self, request: &ReplayRequest) -> Option<ReplayRequest> {
        let (_, to) = self.detour.get().filter(|(from, _)| request.bare_path() == *from)?;
        self.detour.set(None);
        Some(ReplayRequest { path: to.to_owned(), ..request.clone() })
    }

    /// Counts the answers of the server.
    pub fn answers(&self) -> u64 {
        self.answers.get()
    }

    /// Holds the client at every step, or lets it run again.
    pub fn pace(&self, pace: Option<Pace>) {
        self.pace.replace(pace);
    }

    /// Whether the client is held at every step.
    pub fn is_paced(&self) -> bool {
        self.pace.borrow().is_some()
    }

    /// Whether the wire is cut.
    pub fn is_cut(&self) -> bool {
        self.is_cut.get()
    }

    /// Cuts the wire, or mends it: while it is cut, no request has an answer.
    pub fn cut(&self, is_cut: bool) {
        self.is_cut.set(is_cut);
    }

    /// Sends the next request to the path `from` to the path `to`.
    pub fn detour(&self, from: &'static str, to: &'static str) {
        self.detour.set(Some((from, to)));
    }

    /// Sends all requests straight again. Answers whether one went the other way.
    pub fn straighten(&self) -> bool {
        self.detour.take().is_none()
    }
}

/// Notes the answer, and also that nobody waits for it any more.
struct Noting<'a> {
    trace: &'a Trace,
    call: u64,
    status: u16,
    server: Option<String>,
}

impl Drop for Noting<'_> {
    fn drop(&mut self) {
        let (call, status, server) = (self.call, self.status, self.server.take());
        self.trace.note(Event::Answered { call, status, server });
    }
}
