//! Work that a component started and that nobody needs once the component is gone.

use futures::future::LocalBoxFuture;
use leptos::{prelude::*, task::spawn_local_scoped_with_cancellation};

/// The component that asked for it.
#[derive(Debug, Clone, Copy)]
pub struct WhileShown(StoredValue<Option<Owner>>);

impl WhileShown {
    /// For the component that is being set up. A handler that runs later has another owner, often one
    /// that is gone as soon as the handler has changed what is shown.
    pub fn here() -> Self {
        // One of its own: work holds its owner until it ends, and a page whose owner is held never goes.
        Self(StoredValue::new(Owner::current().map(|owner| owner.child())))
    }

    /// Runs `work`, and drops it when the component goes: an unfinished request is aborted.
    pub fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        self.spawn_boxed(Box::pin(work));
    }

    fn spawn_boxed(&self, work: LocalBoxFuture<'static, ()>) {
        if let Some(owner) = self.0.try_get_value().flatten() {
            owner.with(|| spawn_local_scoped_with_cancellation(work));
        }
    }
}
