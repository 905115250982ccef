//! Runs at most one task at a time, whose result all callers share.

use super::platform::Platform;
use futures::{
    FutureExt,
    channel::oneshot,
    future::{AbortHandle, Shared, abortable},
};
use std::{cell::RefCell, rc::Rc};

/// The result of the task. Fails if the task is cancelled.
pub(super) type SharedResult<T> = Shared<oneshot::Receiver<T>>;

type Running<T> = Option<(SharedResult<T>, AbortHandle)>;

/// The task that runs, if there is one.
pub(super) struct SingleFlight<T>(Rc<RefCell<Running<T>>>);

impl<T> Default for SingleFlight<T> {
    fn default() -> Self {
        Self(Rc::default())
    }
}

impl<T: Clone + 'static> SingleFlight<T> {
    pub(super) fn is_running(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Returns the result of the task that runs.
    pub(super) fn join(&self) -> Option<SharedResult<T>> {
        self.0.borrow().as_ref().map(|(result, _)| result.clone())
    }

    /// Spawns a task, which continues if no caller waits for it.
    pub(super) fn start(
        &self,
        platform: &impl Platform,
        task: impl Future<Output = T> + 'static,
    ) -> SharedResult<T> {
        let (send, receive) = oneshot::channel();
        let result = receive.shared();
        let running = Rc::clone(&self.0);
        let (task, abort) = abortable(async move {
            let result = task.await;
            running.take();
            let _ = send.send(result);
        });
        *self.0.borrow_mut() = Some((result.clone(), abort));
        platform.spawn(task.map(|_| ()).boxed_local());
        result
    }

    /// Cancels the task that runs.
    pub(super) fn cancel(&self) {
        if let Some((_, abort)) = self.0.take() {
            abort.abort();
        }
    }
}
