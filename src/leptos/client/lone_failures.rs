//! The paths whose requests fail while the server responds to others, for example because a content blocker blocks
//! them.

use super::replay::ReplayRequest;
use std::cell::RefCell;

/// How long after such a failure another one is no reason to check whether the server is reachable, in milliseconds.
const CHECK_INTERVAL: f64 = 30_000.0;

const MAX_PATHS: usize = 8;

/// The failures, newest first. Paths are stored without the query.
#[derive(Debug, Default)]
pub(super) struct LoneFailures(RefCell<Vec<(String, f64)>>);

impl LoneFailures {
    /// Whether a request to this path has failed alone within the last 30 s before `now`, in milliseconds of the
    /// monotonic clock.
    pub(super) fn contains(&self, request: &ReplayRequest, now: f64) -> bool {
        let path = request.bare_path();
        self.0.borrow().iter().any(|(failed, at)| failed == path && now - at < CHECK_INTERVAL)
    }

    /// Stores a failure at `now`. One that is stored already keeps its time, so that a path that always fails is
    /// checked once per interval.
    pub(super) fn add(&self, request: &ReplayRequest, now: f64) {
        if self.contains(request, now) {
            return;
        }
        self.remove(request);
        let mut failures = self.0.borrow_mut();
        failures.insert(0, (request.bare_path().to_owned(), now));
        failures.truncate(MAX_PATHS);
    }

    /// Removes a path, because a request to it was answered.
    pub(super) fn remove(&self, request: &ReplayRequest) {
        self.0.borrow_mut().retain(|(failed, _)| failed != request.bare_path());
    }
}
