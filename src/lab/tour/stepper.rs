//! Pauses the client of this page at every step, so that the tour can advance it step by step.

use crate::lab::devtools;
use futures::{
    FutureExt,
    channel::oneshot,
    future::{Either, select},
};
use handstamp_leptos::client::trace::Listening;
use handstamp_protocol::error::{AppError, ErrorCode};
use leptos::task::spawn_local;
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

/// How long the tour waits for the next event, in milliseconds.
const EVENT_TIMEOUT: f64 = 20_000.0;

/// Why the tour can't go on.
pub(super) enum Stop {
    /// The user left the tour.
    Left,
    /// A request failed.
    Failed(AppError),
}

impl From<AppError> for Stop {
    fn from(error: AppError) -> Self {
        Self::Failed(error)
    }
}

/// Controls the client during one tour.
#[derive(Default)]
pub(super) struct Stepper {
    /// Resume the client at the points where it is paused.
    paused: RefCell<Vec<oneshot::Sender<()>>>,
    /// Resume the tour at the next event.
    waiters: RefCell<Vec<oneshot::Sender<()>>>,
    /// The subscription to the client's trace.
    pub(super) listening: RefCell<Option<Listening>>,
    /// The result of the last request of the tour; `None` while it is running.
    pub(super) outcome: RefCell<Option<Result<(), AppError>>>,
    /// Whether the tour has ended. The client is not paused any more.
    pub(super) is_over: Cell<bool>,
}

impl Stepper {
    /// Pauses the client at every step from now on.
    pub(super) fn pause_client(self: &Rc<Self>) {
        if !self.is_over.get() {
            let stepper = Rc::clone(self);
            devtools::set_step_hook(Some(Rc::new(move || {
                Rc::clone(&stepper).wait_for_resume().boxed_local()
            })));
        }
    }

    async fn wait_for_resume(self: Rc<Self>) {
        if self.is_over.get() {
            return;
        }
        let (resume, resumed) = oneshot::channel();
        self.paused.borrow_mut().push(resume);
        self.notify_waiters();
        let _ = resumed.await;
    }

    /// Lets the client run to its next step.
    pub(super) fn resume_client(&self) {
        for resume in self.paused.take() {
            let _ = resume.send(());
        }
    }

    /// Resumes the tour if it waits in [`Self::next_event`].
    pub(super) fn notify_waiters(&self) {
        for waiter in self.waiters.take() {
            let _ = waiter.send(());
        }
    }

    /// Ends the tour: the client runs freely again.
    pub(super) fn close(&self) {
        self.is_over.set(true);
        devtools::set_step_hook(None);
        self.listening.take();
        self.resume_client();
        self.notify_waiters();
    }

    /// Waits until the client traces an event, pauses or completes a request.
    pub(super) async fn next_event(&self) -> Result<(), Stop> {
        let (notify, notified) = oneshot::channel();
        self.waiters.borrow_mut().push(notify);
        let event = select(notified, devtools::sleep(EVENT_TIMEOUT).boxed_local()).await;
        match event {
            _ if self.is_over.get() => Err(Stop::Left),
            Either::Left(_) => Ok(()),
            Either::Right(_) => Err(AppError::from(ErrorCode::Unavailable).into()),
        }
    }

    /// Starts a request of the tour, which is paused at every step.
    pub(super) fn start(
        self: &Rc<Self>,
        request: impl Future<Output = Result<(), AppError>> + 'static,
    ) {
        self.outcome.replace(None);
        let stepper = Rc::clone(self);
        spawn_local(async move {
            let outcome = request.await;
            stepper.outcome.replace(Some(outcome));
            stepper.notify_waiters();
        });
    }

    /// Waits until the last request of the tour has completed.
    pub(super) async fn finish(&self) -> Result<(), Stop> {
        loop {
            let outcome = self.outcome.borrow().clone();
            if let Some(outcome) = outcome {
                return Ok(outcome?);
            }
            self.resume_client();
            self.next_event().await?;
        }
    }
}
