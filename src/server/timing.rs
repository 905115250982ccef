//! The tracing target for the timing of requests.

/// The target of the spans and events that measure a request: the spans `verify`, `db`, `hash` and `sign`, the event
/// `db` with the duration of a statement, and the event `refresh_token` with the outcome of a login or refresh. They
/// are disabled unless a layer or the log's filter enables them.
pub const TIMING: &str = "handstamp::timing";
