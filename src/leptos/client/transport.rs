//! Sends every request of the client, and records it in the trace.

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

/// Changes, delays or refuses the requests of the client. There is none unless [`Transport::set_middleware`] sets one,
/// as a tool for developers may do.
pub trait Middleware {
    /// Called before a request is sent. It may change the request, which is sent when the future is ready.
    ///
    /// # Errors
    /// With [`Unreachable`], the request is not sent and fails.
    fn before_request<'a>(
        &'a self,
        request: &'a mut ReplayRequest,
    ) -> LocalBoxFuture<'a, Result<(), Unreachable>>;

    /// Called before a response or a failure is returned to the client, which waits for the future.
    fn before_response(&self) -> LocalBoxFuture<'_, ()>;

    /// Whether it may delay requests for any length of time. A login then has no timeout.
    fn delays_requests(&self) -> bool;
}

/// Sends requests.
pub struct Transport<P> {
    platform: Rc<P>,
    trace: Rc<Trace>,
    calls: Cell<u64>,
    responses: Cell<u64>,
    middleware: RefCell<Option<Rc<dyn Middleware>>>,
}

impl<P: Platform> Transport<P> {
    /// Returns a transport without a middleware.
    pub fn new(platform: Rc<P>, trace: Rc<Trace>) -> Self {
        Self {
            platform,
            trace,
            calls: Cell::default(),
            responses: Cell::default(),
            middleware: RefCell::default(),
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
        let mut changed = None;
        let mut permitted = Ok(());
        if let Some(middleware) = self.middleware() {
            let request = changed.insert(request.clone());
            permitted = middleware.before_request(request).await;
        }
        let request = changed.as_ref().unwrap_or(request);
        let call = self.calls.get() + 1;
        self.calls.set(call);
        self.trace.record(Event::Sent {
            call,
            method: request.method.to_string(),
            path: request.bare_path().to_owned(),
            shows,
        });
        let mut record = RecordOnDrop { trace: &self.trace, call, status: 0, server: None };
        let response = match permitted {
            Ok(()) => self.fetch(request, bearer, timeout).await,
            Err(refused) => Err(refused),
        };
        if let Ok(response) = &response {
            self.responses.set(self.responses.get() + u64::from(!response.is_redirect()));
            (record.status, record.server) = (response.status, response.server_timing.clone());
        }
        drop(record);
        if let Some(middleware) = self.middleware() {
            middleware.before_response().await;
        }
        response
    }

    async fn fetch(
        &self,
        request: &ReplayRequest,
        bearer: Option<&AccessToken>,
        timeout: f64,
    ) -> Result<ReplayResponse, Unreachable> {
        let response = self.platform.fetch(request, bearer);
        match select(response, self.platform.sleep(timeout)).await {
            Either::Left((response, _)) => response,
            Either::Right(_) => Err(Unreachable),
        }
    }

    fn middleware(&self) -> Option<Rc<dyn Middleware>> {
        self.middleware.borrow().clone()
    }

    /// The number of responses, without redirects.
    pub fn responses(&self) -> u64 {
        self.responses.get()
    }

    /// Sets or removes the middleware, for requests and responses from now on.
    pub fn set_middleware(&self, middleware: Option<Rc<dyn Middleware>>) {
        self.middleware.replace(middleware);
    }

    /// Whether a middleware may delay requests for any length of time.
    pub fn delays_requests(&self) -> bool {
        self.middleware().is_some_and(|middleware| middleware.delays_requests())
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
