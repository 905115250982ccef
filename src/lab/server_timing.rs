//! The header `Server-Timing` (W3C Server Timing §3): how long a request took in each part of the server, why its access
//! token was refused, and what happened to its refresh token. The lab draws it.
//!
//! The server emits spans and events of the target [`TIMING`]; without [`layer`] they are disabled. [`wrap`] adds the
//! header to the responses of a router.

use axum::{
    Router,
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode},
    middleware::{Next, from_fn},
    response::Response,
};
use handstamp_server::timing::TIMING;
use std::{
    cell::RefCell,
    fmt::{Debug, Write},
    time::{Duration, Instant},
};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id},
};
use tracing_subscriber::{Layer, filter::filter_fn, layer::Context, registry::LookupSpan};

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// The metrics in the order of the header. Each is the name of a span, or of an event with a duration.
const METRICS: [&str; 4] = ["verify", "db", "hash", "sign"];

tokio::task_local! {
    static TIMING_OF_REQUEST: RefCell<Timing>;
}

/// What one request took.
#[derive(Debug, Default)]
pub struct Timing {
    metrics: Vec<(&'static str, Duration)>,
    /// The error code, if the access token was refused.
    access_token: Option<String>,
    refresh_token: Option<String>,
}

/// Adds the header to the responses of a router.
pub fn wrap(router: Router) -> Router {
    router.layer(from_fn(async |request: Request, next: Next| -> Response {
        let (mut response, timing) = collect(next.run(request)).await;
        if let Some(header) = timing.header(response.status()) {
            response.headers_mut().insert(SERVER_TIMING, header);
        }
        response
    }))
}

/// Runs `work` and returns its timing, which is empty without [`layer`].
pub async fn collect<T>(work: impl Future<Output = T>) -> (T, Timing) {
    let work = async {
        let done = work.await;
        (done, TIMING_OF_REQUEST.with(RefCell::take))
    };
    TIMING_OF_REQUEST.scope(RefCell::default(), work).await
}

fn update(change: impl FnOnce(&mut Timing)) {
    // Fails outside of `collect`, as in a background task.
    let _ = TIMING_OF_REQUEST.try_with(|timing| change(&mut timing.borrow_mut()));
}

impl Timing {
    /// Returns how often a metric was measured; for `db`, the number of statements.
    pub fn count(&self, metric: &str) -> usize {
        self.metrics.iter().filter(|(name, _)| *name == metric).count()
    }

    /// Returns the header, with durations in milliseconds. `None` for an error response to a request without a
    /// token: the time must not reveal whether an account exists.
    fn header(&self, status: StatusCode) -> Option<HeaderValue> {
        if self.count("verify") == 0 && !status.is_success() {
            return None;
        }
        let mut text = String::new();
        for metric in METRICS {
            let durations = self.metrics.iter().filter(|(name, _)| *name == metric);
            let total: Duration = durations.map(|(_, duration)| *duration).sum();
            if !total.is_zero() {
                let comma = if text.is_empty() { "" } else { ", " };
                let _ = write!(text, "{comma}{metric};dur={:.3}", total.as_secs_f64() * 1e3);
            }
        }
        for (name, description) in [("ticket", &self.access_token), ("stamp", &self.refresh_token)]
        {
            if let Some(description) = description {
                let _ = write!(text, ", {name};desc=\"{description}\"");
            }
        }
        HeaderValue::from_str(text.trim_start_matches(", ")).ok().filter(|text| !text.is_empty())
    }
}

/// Returns the layer that measures the spans of the target [`TIMING`] and reads its events.
pub fn layer<S: Subscriber + for<'a> LookupSpan<'a>>() -> impl Layer<S> {
    TimingLayer.with_filter(filter_fn(|metadata| metadata.target() == TIMING))
}

struct TimingLayer;

/// When a span began.
struct Started(Instant);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for TimingLayer {
    fn on_new_span(&self, _: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(Started(Instant::now()));
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        if let Some(Started(since)) = span.extensions().get() {
            let (name, duration) = (span.name(), since.elapsed());
            update(|timing| timing.metrics.push((name, duration)));
        }
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let name = event.metadata().name();
        update(|timing| match fields {
            Fields { seconds: Some(seconds), .. } => {
                timing
                    .metrics
                    .push((name, Duration::try_from_secs_f64(seconds).unwrap_or_default()));
            }
            Fields { generation: Some(generation), outcome, .. } => {
                // A login issues a token; the header calls that "pressed".
                let how = if outcome == "issued" { "pressed" } else { &outcome };
                timing.refresh_token = Some(format!("{generation} {how}"));
            }
            Fields { outcome, .. } if name == "access_token" => {
                timing.access_token = Some(outcome);
            }
            _ => {}
        });
    }
}

/// The fields of the events.
#[derive(Default)]
struct Fields {
    seconds: Option<f64>,
    generation: Option<u64>,
    outcome: String,
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        if field.name() == "seconds" {
            self.seconds = Some(value);
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "generation" {
            self.generation = Some(value);
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "outcome" {
            value.clone_into(&mut self.outcome);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing_subscriber::{layer::SubscriberExt, registry};

    /// Collects without threads, so that the subscriber of this thread gets everything.
    fn collected<T>(work: impl FnOnce() -> T) -> (T, Timing) {
        let subscriber = registry().with(layer());
        tracing::subscriber::with_default(subscriber, || {
            futures::executor::block_on(collect(async { work() }))
        })
    }

    #[test]
    fn the_durations_of_a_metric_are_added() {
        let ((), timing) = collected(|| {
            tracing::trace!(name: "db", target: TIMING, seconds = 0.0015);
            tracing::trace_span!(target: TIMING, "verify").in_scope(|| {
                let since = Instant::now();
                while since.elapsed() < Duration::from_millis(2) {
                    std::hint::spin_loop();
                }
            });
            tracing::trace!(name: "db", target: TIMING, seconds = 0.0005);
            tracing::trace!(name: "refresh_token", target: TIMING, generation = 4_u32, outcome = "rotated");
            tracing::trace!(name: "access_token", target: TIMING, outcome = "access_token_expired");
            tracing::trace!(name: "db", target: "another", seconds = 9.0);
        });
        assert_eq!((timing.count("db"), timing.count("verify")), (2, 1));
        let header = timing.header(StatusCode::UNAUTHORIZED).unwrap();
        let header = header.to_str().unwrap();
        let rest = ", db;dur=2.000, ticket;desc=\"access_token_expired\", stamp;desc=\"4 rotated\"";
        let verify = header.strip_suffix(rest).unwrap();
        let verify: f64 = verify.strip_prefix("verify;dur=").unwrap().parse().unwrap();
        assert!(verify >= 2.0, "{verify}");
    }

    #[test]
    fn an_error_response_to_a_request_without_a_token_has_no_header() {
        let ((), timing) =
            collected(|| tracing::trace!(name: "hash", target: TIMING, seconds = 0.02));
        assert_eq!(timing.header(StatusCode::UNAUTHORIZED), None);
        assert_eq!(timing.header(StatusCode::OK).unwrap(), "hash;dur=20.000");
        let (returned, timing) = collected(|| 7);
        assert_eq!((returned, timing.header(StatusCode::OK)), (7, None));
    }
}
