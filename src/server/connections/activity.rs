//! Counts the requests of one connection that are in flight: from the end of the request's head to the end of the
//! response's body.

use axum::{
    body::HttpBody as Body,
    http::{Request, Response},
};
use futures::future::BoxFuture;
use http_body::{Frame, SizeHint};
use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};
use tokio::time::Instant;
use tower_service::Service;

/// The activity of a connection, shared by its stream and its service.
#[derive(Debug, Clone)]
pub(super) struct Activity(Arc<Mutex<State>>);

#[derive(Debug, Clone, Copy)]
pub(super) struct State {
    /// The number of requests in flight.
    pub(super) in_flight: usize,
    /// When a request last started or ended or a part of a response was written. Initially, when the connection was
    /// accepted.
    pub(super) since: Instant,
}

impl Activity {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(State { in_flight: 0, since: Instant::now() })))
    }

    pub(super) fn state(&self) -> State {
        *self.lock()
    }

    fn begin(&self) -> InFlight {
        let mut state = self.lock();
        *state = State { in_flight: state.in_flight + 1, since: Instant::now() };
        InFlight(self.clone())
    }

    /// Records that a part of a response was sent, so the client is reading.
    fn record_progress(&self) {
        self.lock().since = Instant::now();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A guard that counts a request as in flight until it is dropped.
#[derive(Debug)]
struct InFlight(Activity);

impl Drop for InFlight {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        *state = State { in_flight: state.in_flight.saturating_sub(1), since: Instant::now() };
    }
}

/// A service that counts its requests.
#[derive(Debug, Clone)]
pub(super) struct CountedService<S> {
    pub(super) service: S,
    pub(super) activity: Activity,
}

impl<S, B, R> Service<Request<B>> for CountedService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Future: Send + 'static,
{
    type Response = Response<CountedBody<R>>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Self::Response, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let in_flight = self.activity.begin();
        let responding = self.service.call(request);
        Box::pin(async move {
            let response = responding.await?;
            Ok(response.map(|body| CountedBody { body, in_flight }))
        })
    }
}

/// A response body that keeps its request in flight until it is dropped.
#[derive(Debug)]
pub(super) struct CountedBody<B> {
    body: B,
    in_flight: InFlight,
}

impl<B: Body + Unpin> Body for CountedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if polled.is_ready() {
            self.in_flight.0.record_progress();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
