//! What the browser half needs from its surroundings: a wire, a clock, a cookie.
//!
//! The browser gives the real ones (`browser`); tests give scripted ones.

use super::replay::{ReplayRequest, ReplayResponse};
use crate::auth::types::AccessToken;
use futures::future::LocalBoxFuture;

/// The server could not be reached, or its answer broke off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreachable;

/// The surroundings.
pub trait Platform: 'static {
    /// Sends a request. Dropping the future aborts it.
    fn fetch(
        &self,
        request: &ReplayRequest,
        bearer: Option<&AccessToken>,
    ) -> LocalBoxFuture<'static, Result<ReplayResponse, Unreachable>>;

    /// The monotonic clock, in milliseconds from an origin of its own.
    fn now(&self) -> f64;

    /// Waits.
    fn sleep(&self, milliseconds: f64) -> LocalBoxFuture<'static, ()>;

    /// Runs something that nobody has to wait for.
    fn spawn(&self, work: LocalBoxFuture<'static, ()>);

    /// A number from 0 up to 1, for jitter.
    fn random(&self) -> f64;

    /// Makes sure that an attempt id is pending: keeps the one that is, makes one if there is none.
    fn ensure_attempt(&self);
}
