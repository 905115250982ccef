//! The submission of a form or button: sent once at a time, with its progress and its error.

use futures::future::LocalBoxFuture;
use gloo_timers::future::TimeoutFuture;
use handstamp_leptos::client;
use handstamp_protocol::error::AppError;
use leptos::{prelude::*, task::spawn_local};

/// The state of a submission.
#[derive(Debug, Clone, Copy)]
pub struct Submission {
    /// Whether it is being sent.
    pub busy: RwSignal<bool>,
    /// The error of the last attempt.
    pub error: RwSignal<Option<AppError>>,
    /// Counts the resets: the result of an attempt from before a reset is ignored.
    resets: StoredValue<u32>,
}

impl Submission {
    pub fn new() -> Self {
        Self { busy: RwSignal::new(false), error: RwSignal::new(None), resets: StoredValue::new(0) }
    }

    /// Resets the state. A running attempt is finished, but its result is ignored.
    pub fn reset(self) {
        self.resets.update_value(|resets| *resets += 1);
        self.busy.set(false);
        self.error.set(None);
    }

    /// Runs `work`, unless an attempt is running, so a double submit is harmless. Runs `failed` after the error is set.
    /// The attempt is finished even if the user leaves the page.
    pub fn send(
        self,
        work: impl Future<Output = Result<(), AppError>> + 'static,
        failed: impl FnOnce() + 'static,
    ) {
        self.send_boxed(Box::pin(work), Box::new(failed));
    }

    fn send_boxed(
        self,
        work: LocalBoxFuture<'static, Result<(), AppError>>,
        failed: Box<dyn FnOnce()>,
    ) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.error.set(None);
        let own_resets = self.resets.get_value();
        spawn_local(async move {
            let outcome = work.await;
            if self.resets.try_get_value() != Some(own_resets) {
                return;
            }
            let wait = outcome.as_ref().err().and_then(|error| error.retry_after);
            if let Err(error) = outcome {
                let _ = self.error.try_set(Some(error));
                failed();
            }
            let _ = self.busy.try_set(false);
            if let Some(wait) = wait {
                self.count_down(wait).await;
            }
        });
    }

    /// Updates the error each second, until the server accepts the next attempt.
    async fn count_down(self, seconds: u32) {
        let end = client::now() + f64::from(seconds) * 1000.0;
        let mut shown = seconds;
        while shown > 0 {
            TimeoutFuture::new(1000).await;
            let left = ((end - client::now()) / 1000.0).ceil().max(0.0) as u32;
            let is_shown = self.error.try_with_untracked(|error| {
                error.as_ref().is_some_and(|error| error.retry_after == Some(shown))
            });
            if is_shown != Some(true) {
                return;
            }
            let _ = self.error.try_update(|error| error.as_mut().map(|error| error.wait_for(left)));
            shown = left;
        }
    }
}

impl Default for Submission {
    fn default() -> Self {
        Self::new()
    }
}
