//! Data that a page loads and can load again.

use super::component_scope::ComponentScope;
use futures::future::LocalBoxFuture;
use handstamp_protocol::error::AppError;
use leptos::prelude::*;
use std::sync::Arc;

type Load<T> = dyn Fn() -> LocalBoxFuture<'static, Result<T, AppError>> + Send + Sync;

/// Data of the server. The last value is kept while it is loaded again, and if that fails.
pub struct Reloadable<T: Send + Sync + 'static> {
    /// The value; `None` until the first load succeeds.
    pub value: RwSignal<Option<T>>,
    /// The error of the last load.
    pub error: RwSignal<Option<AppError>>,
    load: StoredValue<Arc<Load<T>>>,
    /// Counts the loads, so that the late response of an older one is ignored.
    latest: StoredValue<u32>,
    scope: ComponentScope,
}

impl<T: Send + Sync + 'static> Clone for Reloadable<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Reloadable<T> {}

impl<T: Send + Sync + 'static> Reloadable<T> {
    /// Loads the data in the browser, as long as the component that is being set up exists.
    pub fn new<F>(load: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<T, AppError>> + 'static,
    {
        let reloadable = Self {
            value: RwSignal::new(None),
            error: RwSignal::new(None),
            load: StoredValue::new(Arc::new(move || Box::pin(load()))),
            latest: StoredValue::new(0),
            scope: ComponentScope::current(),
        };
        Effect::new(move || reloadable.load());
        reloadable
    }

    /// Loads the data again.
    pub fn load(self) {
        // The user may have left the page.
        let Some(loading) = self.load.try_with_value(|load| load()) else { return };
        self.latest.update_value(|latest| *latest += 1);
        let own_load = self.latest.get_value();
        self.scope.spawn(async move {
            let response = loading.await;
            if self.latest.get_value() != own_load {
                return;
            }
            match response {
                Ok(value) => {
                    self.error.set(None);
                    self.value.set(Some(value));
                }
                Err(failed) => self.error.set(Some(failed)),
            }
        });
    }

    /// Returns [`Self::load`] as a callback.
    pub fn retry(self) -> Callback<()> {
        Callback::new(move |()| self.load())
    }

    /// Returns whether the first load is running.
    pub fn is_loading(self) -> Signal<bool> {
        Signal::derive(move || self.value.with(Option::is_none) && self.error.get().is_none())
    }
}
