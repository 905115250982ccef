//! What the browser half needs from its surroundings: a wire, a clock, cookies, the other tabs.
//!
//! The browser gives the real ones (`browser`); tests give scripted ones.

use super::{
    cross_tab::Message,
    replay::{ReplayRequest, ReplayResponse},
};
use crate::protocol::types::AccessToken;
use futures::future::LocalBoxFuture;

/// The server could not be reached, or its answer broke off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreachable;

/// A turn among all tabs of the browser. It is over when this is dropped.
pub struct Turn(Option<Box<dyn FnOnce()>>);

impl Turn {
    /// A turn that calls `pass_on` at its end.
    pub fn new(pass_on: impl FnOnce() + 'static) -> Self {
        Self(Some(Box::new(pass_on)))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(pass_on) = self.0.take() {
            pass_on();
        }
    }
}

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

    /// The attempt id that is pending: the one in the cookie; where there is none, `unanswered` put
    /// back, or a new one. Nothing where the browser keeps no cookies.
    fn attempt(&self, unanswered: Option<&str>) -> Option<String>;

    /// Stores the id of a login that is about to be sent, for ten minutes: the one that is stored, or a new one. The server
    /// clears it with the answer.
    fn begin_login(&self);

    /// Remembers over a reload that the server has to hear of a logout, or forgets it.
    fn remember_logout(&self, is_due: bool);

    /// Whether the server has to hear of a logout, of this tab or of another one.
    fn is_logout_due(&self) -> bool;

    /// Asks at once for this tab's turn to do what moves the cookie, and waits for it, `patience`
    /// milliseconds at most. Nothing where tabs can't take turns, or one doesn't pass its turn on: then
    /// the others go on without.
    fn acquire_lock(&self, patience: f64) -> LocalBoxFuture<'static, Option<Turn>>;

    /// Tells the other tabs.
    fn tell(&self, message: &Message);

    /// Whether the other tabs can be heard.
    fn hears_tabs(&self) -> bool;
}
