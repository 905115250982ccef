//! The environment of the client: HTTP, a clock, cookies, and the other tabs.
//!
//! `browser` implements it for a page, and the tests have a scripted implementation.

use super::{
    cross_tab::Message,
    replay::{ReplayRequest, ReplayResponse},
};
use futures::future::LocalBoxFuture;
use handstamp_protocol::types::AccessToken;

/// The server could not be reached, or its response broke off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreachable;

/// The lock that all tabs of a browser share. It is released on drop.
pub struct LockGuard(Option<Box<dyn FnOnce()>>);

impl LockGuard {
    /// Returns a guard that calls `release` on drop.
    pub fn new(release: impl FnOnce() + 'static) -> Self {
        Self(Some(Box::new(release)))
    }
}

impl Drop for LockGuard {
    fn drop(&mut self) {
        if let Some(release) = self.0.take() {
            release();
        }
    }
}

/// The environment of the client.
pub trait Platform: 'static {
    /// Sends a request. Dropping the future aborts it.
    fn fetch(
        &self,
        request: &ReplayRequest,
        bearer: Option<&AccessToken>,
    ) -> LocalBoxFuture<'static, Result<ReplayResponse, Unreachable>>;

    /// Returns the time of the monotonic clock, in milliseconds since an arbitrary origin.
    fn now(&self) -> f64;

    /// Waits.
    fn sleep(&self, milliseconds: f64) -> LocalBoxFuture<'static, ()>;

    /// Runs a task in the background.
    fn spawn(&self, task: LocalBoxFuture<'static, ()>);

    /// Returns a number from 0 up to 1, for jitter.
    fn random(&self) -> f64;

    /// Returns the pending attempt id, which is in a cookie. If there is none, stores `unanswered` again, or else a
    /// new id. Returns `None` if the browser stores no cookies.
    fn attempt_id(&self, unanswered: Option<&str>) -> Option<String>;

    /// Stores the id of a login that is about to be sent, for ten minutes: the pending id or else a new one. The
    /// response of the server clears it.
    fn store_login_id(&self);

    /// Stores that the server has not received a logout yet, for the next page and the other tabs; or clears this.
    fn set_pending_logout(&self, is_pending: bool);

    /// Whether the server has not received a logout yet, of this tab or of another one.
    fn has_pending_logout(&self) -> bool;

    /// Requests the lock for changes of the refresh cookie immediately, and waits for it for `timeout` milliseconds.
    /// Returns `None` if the browser has no locks, or another tab does not release it in time: the caller then
    /// continues without it.
    fn acquire_lock(&self, timeout: f64) -> LocalBoxFuture<'static, Option<LockGuard>>;

    /// Sends a message to the other tabs.
    fn broadcast(&self, message: &Message);

    /// Whether this tab receives the messages of other tabs.
    fn receives_broadcasts(&self) -> bool;
}
