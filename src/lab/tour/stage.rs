//! The stage of a tour: the client is held on it, at every step.

use crate::{
    auth::client::{devtools, trace::Listening},
    error::{AppError, ErrorCode},
};
use futures::{
    FutureExt,
    channel::oneshot,
    future::{Either, select},
};
use leptos::task::spawn_local;
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

/// How long the next step may take, in milliseconds.
const PATIENCE: f64 = 20_000.0;

/// Why a step doesn't come.
pub(super) enum Stop {
    /// The tour was left.
    Left,
    /// Something went wrong.
    Failed(AppError),
}

impl From<AppError> for Stop {
    fn from(error: AppError) -> Self {
        Self::Failed(error)
    }
}

/// What the tour waits for and what waits for the tour.
#[derive(Default)]
pub(super) struct Stage {
    /// The requests that are held.
    held: RefCell<Vec<oneshot::Sender<()>>>,
    /// Who wants to know when anything happens.
    waiting: RefCell<Vec<oneshot::Sender<()>>>,
    /// Hears the steps of the client.
    pub(super) listening: RefCell<Option<Listening>>,
    /// What became of the work that was begun last; nothing while it is on its way.
    pub(super) outcome: RefCell<Option<Result<(), AppError>>>,
    /// Whether the tour was left: nobody is held any more.
    pub(super) is_over: Cell<bool>,
}

impl Stage {
    /// Holds the client at every step from now on.
    pub(super) fn hold_client(self: &Rc<Self>) {
        if !self.is_over.get() {
            let stage = Rc::clone(self);
            devtools::set_step_hook(Some(Rc::new(move || Rc::clone(&stage).hold().boxed_local())));
        }
    }

    /// Holds whoever waits for this, until the tour goes on.
    async fn hold(self: Rc<Self>) {
        if self.is_over.get() {
            return;
        }
        let (go, gone) = oneshot::channel();
        self.held.borrow_mut().push(go);
        self.ring();
        let _ = gone.await;
    }

    pub(super) fn release(&self) {
        for held in self.held.take() {
            let _ = held.send(());
        }
    }

    pub(super) fn ring(&self) {
        for waiting in self.waiting.take() {
            let _ = waiting.send(());
        }
    }

    /// The tour is left, or at its end: the client runs.
    pub(super) fn close(&self) {
        self.is_over.set(true);
        devtools::set_step_hook(None);
        self.listening.take();
        self.release();
        self.ring();
    }

    /// Something that happens from now on.
    pub(super) async fn next(&self) -> Result<(), Stop> {
        let (tell, told) = oneshot::channel();
        self.waiting.borrow_mut().push(tell);
        let came = select(told, devtools::sleep(PATIENCE).boxed_local()).await;
        match came {
            _ if self.is_over.get() => Err(Stop::Left),
            Either::Left(_) => Ok(()),
            Either::Right(_) => Err(AppError::from(ErrorCode::Unavailable).into()),
        }
    }

    /// Begins work that is held at every step.
    pub(super) fn begin(
        self: &Rc<Self>,
        work: impl Future<Output = Result<(), AppError>> + 'static,
    ) {
        self.outcome.replace(None);
        let stage = Rc::clone(self);
        spawn_local(async move {
            let done = work.await;
            stage.outcome.replace(Some(done));
            stage.ring();
        });
    }

    /// Waits until the work that was begun last is done.
    pub(super) async fn finish(&self) -> Result<(), Stop> {
        loop {
            let done = self.outcome.borrow().clone();
            if let Some(done) = done {
                return Ok(done?);
            }
            self.release();
            self.next().await?;
        }
    }
}
