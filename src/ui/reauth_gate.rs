//! What wants a young login: where it lies too far back, the person shows once more who they are, and
//! what they wanted to do goes on by itself.

use super::submission::Submission;
use crate::protocol::error::{AppError, ErrorCode};
use futures::future::LocalBoxFuture;
use leptos::prelude::*;
use std::sync::Arc;

/// What is to be done, as often as it takes, and what follows when it fails.
struct Work {
    form: Submission,
    work: Box<dyn Fn() -> LocalBoxFuture<'static, Result<(), AppError>> + Send + Sync>,
    failed: Box<dyn Fn() + Send + Sync>,
}

/// The gate of a page.
#[derive(Clone, Copy)]
pub struct Gate {
    /// Whether the person is asked now.
    pub is_shut: RwSignal<bool>,
    /// Counts how often they were asked: each time the panel comes to the front.
    pub asked: RwSignal<u32>,
    waiting: StoredValue<Option<Arc<Work>>>,
}

impl Gate {
    /// Open, until something is refused.
    pub fn new() -> Self {
        Self {
            is_shut: RwSignal::new(false),
            asked: RwSignal::new(0),
            waiting: StoredValue::new(None),
        }
    }

    /// Does `work`; where the server wants to know first who it is, once the person has shown it. `failed`
    /// runs after any other error is set.
    pub fn pass<F>(
        self,
        form: Submission,
        work: impl Fn() -> F + Send + Sync + 'static,
        failed: impl Fn() + Send + Sync + 'static,
    ) where
        F: Future<Output = Result<(), AppError>> + 'static,
    {
        let work = Box::new(move || Box::pin(work()) as LocalBoxFuture<'static, _>);
        self.attempt(Arc::new(Work { form, work, failed: Box::new(failed) }));
    }

    /// The person has shown who they are: what waits goes on.
    pub fn open(self) {
        self.is_shut.set(false);
        let waiting = self.waiting.try_update_value(Option::take).flatten();
        if let Some(work) = waiting {
            self.attempt(work);
        }
    }

    /// The person doesn't want to.
    pub fn give_up(self) {
        self.waiting.set_value(None);
        self.is_shut.set(false);
    }

    fn attempt(self, work: Arc<Work>) {
        let (form, doing) = (work.form, (work.work)());
        form.send(doing, move || {
            let error = form.error.try_get_untracked().flatten();
            if error.is_some_and(|error| error.code == ErrorCode::ConfirmationRequired) {
                form.error.set(None);
                self.waiting.set_value(Some(work));
                self.is_shut.set(true);
                self.asked.update(|asked| *asked += 1);
            } else {
                (work.failed)();
            }
        });
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}
