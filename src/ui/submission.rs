//! One form or button on its way to the server: sent once, with its progress and its error.

use crate::protocol::error::AppError;
use futures::future::LocalBoxFuture;
use leptos::{prelude::*, task::spawn_local};

/// Whether it is on its way, and what went wrong the last time.
#[derive(Debug, Clone, Copy)]
pub struct Submission {
    /// Whether it is on its way.
    pub busy: RwSignal<bool>,
    /// What went wrong the last time.
    pub error: RwSignal<Option<AppError>>,
    /// Counts how often it was put aside: what was on its way then says nothing any more.
    asides: StoredValue<u32>,
}

impl Submission {
    /// At rest.
    pub fn new() -> Self {
        Self { busy: RwSignal::new(false), error: RwSignal::new(None), asides: StoredValue::new(0) }
    }

    /// At rest again. What is on its way is finished, and changes nothing here.
    pub fn put_aside(self) {
        self.asides.update_value(|asides| *asides += 1);
        self.busy.set(false);
        self.error.set(None);
    }

    /// Sends, unless it is on its way already: a double submit is harmless. `failed` runs after the
    /// error is set. What was sent is finished even if the page is left meanwhile.
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
        let own = self.asides.get_value();
        spawn_local(async move {
            let outcome = work.await;
            if self.asides.try_get_value() != Some(own) {
                return;
            }
            if let Err(error) = outcome {
                let _ = self.error.try_set(Some(error));
                failed();
            }
            let _ = self.busy.try_set(false);
        });
    }
}

impl Default for Submission {
    fn default() -> Self {
        Self::new()
    }
}
