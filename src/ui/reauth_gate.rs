//! Re-authentication: an action that requires a recent login waits for the user to confirm the password, and is then
//! retried.

use super::submission::Submission;
use futures::future::LocalBoxFuture;
use handstamp_protocol::error::{AppError, ErrorCode};
use leptos::prelude::*;
use std::sync::Arc;

/// An action that can be retried.
struct Action {
    form: Submission,
    work: Box<dyn Fn() -> LocalBoxFuture<'static, Result<(), AppError>> + Send + Sync>,
    failed: Box<dyn Fn() + Send + Sync>,
}

/// The actions of a page that may require re-authentication. One at a time waits for it.
#[derive(Clone, Copy)]
pub struct ReauthGate {
    /// Whether the prompt is shown.
    pub is_prompting: RwSignal<bool>,
    pending: StoredValue<Option<Arc<Action>>>,
}

impl ReauthGate {
    pub fn new() -> Self {
        Self { is_prompting: RwSignal::new(false), pending: StoredValue::new(None) }
    }

    /// Runs `work`. If the server requires re-authentication, shows the prompt and runs `work` again afterwards. Runs
    /// `failed` after any other error is set.
    pub fn run<F>(
        self,
        form: Submission,
        work: impl Fn() -> F + Send + Sync + 'static,
        failed: impl Fn() + Send + Sync + 'static,
    ) where
        F: Future<Output = Result<(), AppError>> + 'static,
    {
        let work = Box::new(move || Box::pin(work()) as LocalBoxFuture<'static, _>);
        self.attempt(Arc::new(Action { form, work, failed: Box::new(failed) }));
    }

    /// Runs the pending action again, after a re-authentication.
    pub fn retry(self) {
        self.is_prompting.set(false);
        let pending = self.pending.try_update_value(Option::take).flatten();
        if let Some(action) = pending {
            self.attempt(action);
        }
    }

    /// Drops the pending action and closes the prompt.
    pub fn cancel(self) {
        self.pending.set_value(None);
        self.is_prompting.set(false);
    }

    fn attempt(self, action: Arc<Action>) {
        let (form, work) = (action.form, (action.work)());
        form.send(work, move || {
            let error = form.error.try_get_untracked().flatten();
            if error.is_some_and(|error| error.code == ErrorCode::ConfirmationRequired) {
                form.error.set(None);
                self.pending.set_value(Some(action));
                self.is_prompting.set(true);
            } else {
                (action.failed)();
            }
        });
    }
}

impl Default for ReauthGate {
    fn default() -> Self {
        Self::new()
    }
}
