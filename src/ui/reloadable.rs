//! Something that a page loads, shows, and can load again.

use super::component_scope::WhileShown;
use crate::protocol::error::AppError;
use futures::future::LocalBoxFuture;
use leptos::prelude::*;
use std::sync::Arc;

type Load<T> = dyn Fn() -> LocalBoxFuture<'static, Result<T, AppError>> + Send + Sync;

/// What is loaded: the last value stays while it is loaded again, and when that fails.
pub struct Loaded<T: Send + Sync + 'static> {
    /// The value, once there is one.
    pub value: RwSignal<Option<T>>,
    /// Why the last load failed.
    pub error: RwSignal<Option<AppError>>,
    load: StoredValue<Arc<Load<T>>>,
    /// Counts the loads: an older one that is answered late says nothing any more.
    latest: StoredValue<u32>,
    while_shown: WhileShown,
}

impl<T: Send + Sync + 'static> Clone for Loaded<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Loaded<T> {}

impl<T: Send + Sync + 'static> Loaded<T> {
    /// Loads for the component that is being set up, once the page is awake.
    pub fn here<F>(load: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<T, AppError>> + 'static,
    {
        let loaded = Self {
            value: RwSignal::new(None),
            error: RwSignal::new(None),
            load: StoredValue::new(Arc::new(move || Box::pin(load()))),
            latest: StoredValue::new(0),
            while_shown: WhileShown::here(),
        };
        Effect::new(move || loaded.load());
        loaded
    }

    /// Loads again.
    pub fn load(self) {
        // Whoever asks may come when the page is gone.
        let Some(loading) = self.load.try_with_value(|load| load()) else { return };
        self.latest.update_value(|latest| *latest += 1);
        let own = self.latest.get_value();
        self.while_shown.spawn(async move {
            let answer = loading.await;
            if self.latest.get_value() != own {
                return;
            }
            match answer {
                Ok(value) => {
                    self.error.set(None);
                    self.value.set(Some(value));
                }
                Err(failed) => self.error.set(Some(failed)),
            }
        });
    }

    /// The same, for a button.
    pub fn again(self) -> Callback<()> {
        Callback::new(move |()| self.load())
    }

    /// Whether the first load is under way, and there is nothing to show yet.
    pub fn is_loading(self) -> Signal<bool> {
        Signal::derive(move || self.value.with(Option::is_none) && self.error.get().is_none())
    }
}
