//! Tasks that end with the component that started them.

use futures::future::LocalBoxFuture;
use leptos::{prelude::*, task::spawn_local_scoped_with_cancellation};

/// The scope of a component.
#[derive(Debug, Clone, Copy)]
pub struct ComponentScope(StoredValue<Option<Owner>>);

impl ComponentScope {
    /// Returns the scope of the component that is being set up. An event handler that runs later has another owner,
    /// which is often dropped when the handler changes the view.
    pub fn current() -> Self {
        // A child owner: a task holds its owner until it ends, and a page is dropped only when its owner is not held.
        Self(StoredValue::new(Owner::current().map(|owner| owner.child())))
    }

    /// Runs `work`, and drops it with the component, which aborts an unfinished request.
    pub fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        self.spawn_boxed(Box::pin(work));
    }

    fn spawn_boxed(&self, work: LocalBoxFuture<'static, ()>) {
        if let Some(owner) = self.0.try_get_value().flatten() {
            owner.with(|| spawn_local_scoped_with_cancellation(work));
        }
    }
}
