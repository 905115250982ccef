//! Sends every request of the client, and records it in the trace.
//!
//! For the lab, the client can be paused at every step, taken offline, and have one request rerouted
//! ([`Transport::set_step_hook`], [`Transport::set_offline`], [`Transport::reroute_next`]).

use super::{
    platform::{Platform, Unreachable},
    replay::{ReplayRequest, ReplayResponse},
    trace::{Event, Trace, Visibility},
};
use futures::future::{Either, LocalBoxFuture, select};
use handstamp_protocol::types::AccessToken;
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

/// The timeout of a refresh and a logout, in milliseconds: shorter than the server's default reuse window, so that a
/// repeated refresh is still within it.
pub const AUTH_TIMEOUT: f64 = 8000.0;

/// The timeout of any other request, in milliseconds: a network that drops all packets reports no error.
pub const REQUEST_TIMEOUT: f64 = 30_000.0;

/// Called before a request is sent and before its response is returned. The client continues when the future is
/// ready.
pub type StepHook = Rc<dyn Fn() -> LocalBoxFuture<'static, ()>>;

/// Sends requests.
pub struct Transport<P> {
    platform: Rc<P>,
    trace: Rc<Trace>,
    calls: Cell<u64>,
    responses: Cell<u64>,
    step_hook: RefCell<Option<StepHook>>,
    is_offline: Cell<bool>,
    reroute: Cell<Option<(&'static str, &'static str)>>,
}

impl<P: Platform> Transport<P> {
    /// Returns a transport without any of the lab's interventions.
    pub fn new(platform: Rc<P>, trace: Rc<Trace>) -> Self {
        Self {
            platform,
            trace,
            calls: Cell::default(),
            responses: Cell::default(),
            step_hook: RefCell::default(),
            is_offline: Cell::default(),
            reroute: Cell::default(),
        }
    }

    /// Sends a request with an access token, which has this generation in the client.
    ///
    /// # Errors
    /// Fails if there is no response within [`REQUEST_TIMEOUT`].
    pub async fn send_with(
        &self,
        request: &ReplayRequest,
        token: &AccessToken,
        generation: u64,
    ) -> Result<ReplayResponse, Unreachable> {
        let shows = Visibility::AccessToken(generation);
        self.exchange(request, shows, Some(token), REQUEST_TIMEOUT).await
    }

    /// Sends a request that needs no token.
    ///
    /// # Errors
    /// Fails if there is no response within [`REQUEST_TIMEOUT`].
    pub async fn send(&self, request: &ReplayRequest) -> Result<ReplayResponse, Unreachable> {
        self.exchange(request, Visibility::Nothing, None, REQUEST_TIMEOUT).await
    }

    /// Posts to a path of `/auth`, to which the browser adds the refresh token, with an optional JSON body. Returns
    /// `None` if there is no response within [`AUTH_TIMEOUT`]. The request continues if the user leaves the page.
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
        self.exchange(&request, Visibility::RefreshToken, None, AUTH_TIMEOUT).await.ok()
    }

    async fn exchange(
        &self,
        request: &ReplayRequest,
        shows: Visibility,
        bearer: Option<&AccessToken>,
        timeout: f64,
    ) -> Result<ReplayResponse, Unreachable> {
        self.wait_for_step().await;
        let rerouted = self.take_reroute(request);
        let request = rerouted.as_ref().unwrap_or(request);
        let call = self.calls.get() + 1;
        self.calls.set(call);
        self.trace.record(Event::Sent {
            call,
            method: request.method.to_string(),
            path: request.bare_path().to_owned(),
            shows,
        });
        let mut record = RecordOnDrop { trace: &self.trace, call, status: 0, server: None };
        let response = self.fetch(request, bearer, timeout).await;
        if let Ok(response) = &response {
            self.responses.set(self.responses.get() + u64::from(!response.is_redirect()));
            (record.status, record.server) = (response.status, response.server_timing.clone());
        }
        drop(record);
        self.wait_for_step().await;
        response
    }

    async fn fetch(
        &self,
        request: &ReplayRequest,
        bearer: Option<&AccessToken>,
        timeout: f64,
    ) -> Result<ReplayResponse, Unreachable> {
        if self.is_offline.get() {
            return Err(Unreachable);
        }
        let response = self.platform.fetch(request, bearer);
        match select(response, self.platform.sleep(timeout)).await {
            Either::Left((response, _)) => response,
            Either::Right(_) => Err(Unreachable),
        }
    }

    async fn wait_for_step(&self) {
        let hook = self.step_hook.borrow().clone();
        if let Some(hook) = hook {
            hook().await;
        }
    }

    fn take_reroute(&self, request: &ReplayRequest) -> Option<ReplayRequest> {
        let (_, to) = self.reroute.get().filter(|(from, _)| request.bare_path() == *from)?;
        self.reroute.set(None);
        Some(ReplayRequest { path: to.to_owned(), ..request.clone() })
    }

    /// The number of responses, without redirects.
    pub fn responses(&self) -> u64 {
        self.responses.get()
    }

    /// Pauses the client at every step until the hook's future is ready; `None` removes the hook.
    pub fn set_step_hook(&self, hook: Option<StepHook>) {
        self.step_hook.replace(hook);
    }

    /// Whether there is a hook.
    pub fn has_step_hook(&self) -> bool {
        self.step_hook.borrow().is_some()
    }

    /// Whether all requests fail.
    pub fn is_offline(&self) -> bool {
        self.is_offline.get()
    }

    /// Lets all requests fail without being sent, or sends them again.
    pub fn set_offline(&self, is_offline: bool) {
        self.is_offline.set(is_offline);
    }

    /// Sends the next request to the path `from` to the path `to`.
    pub fn reroute_next(&self, from: &'static str, to: &'static str) {
        self.reroute.set(Some((from, to)));
    }

    /// Stops rerouting. Returns whether no reroute was left, because a request has used it.
    pub fn cancel_reroute(&self) -> bool {
        self.reroute.take().is_none()
    }
}

/// Records the response, or that the caller no longer waits for it.
struct RecordOnDrop<'a> {
    trace: &'a Trace,
    call: u64,
    status: u16,
    server: Option<String>,
}

impl Drop for RecordOnDrop<'_> {
    fn drop(&mut self) {
        let (call, status, server) = (self.call, self.status, self.server.take());
        self.trace.record(Event::Answered { call, status, server });
    }
}
