//! The guided tour: the nineteen steps, one at a time. The client is paused at every step, so the page shows its real
//! progress.

mod stepper;
pub mod view;

pub use view::GuidedTour;

use super::{
    devtools,
    flow::{FLOW, requests_after},
    workbench::{Report, Workbench, call_api},
};
use crate::ui::focus::focus;
use handstamp_leptos::{client, server_functions};
use handstamp_protocol::error::{AppError, ErrorCode};
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use std::rc::Rc;
use stepper::{Stepper, Stop};

/// The ids of the buttons that start and advance the tour.
const START: &str = "tour-start";
const NEXT: &str = "tour-next";

/// The life in seconds of the access token that expires during the tour.
const SHORT_TOKEN_TTL: u32 = 3;

/// The state of the tour.
#[derive(Clone, Copy)]
struct Tour {
    workbench: Workbench,
    /// The number of completed steps; `None` before the tour starts.
    done: RwSignal<Option<usize>>,
    report: Report,
    stepper: StoredValue<Option<SendWrapper<Rc<Stepper>>>>,
}

impl Tour {
    fn new(workbench: Workbench) -> Self {
        Self {
            workbench,
            done: RwSignal::new(None),
            report: Report::empty(),
            stepper: StoredValue::new(None),
        }
    }

    fn start(self) {
        if self.workbench.busy.get_untracked() {
            return;
        }
        self.workbench.busy.set(true);
        // The user can't advance the tour before the client is paused.
        self.report.busy.set(true);
        self.report.error.set(None);
        let stepper = Rc::<Stepper>::default();
        let weak = Rc::downgrade(&stepper);
        stepper.listening.replace(Some(devtools::trace().listen(move |_| {
            if let Some(stepper) = weak.upgrade() {
                stepper.notify_waiters();
            }
        })));
        self.stepper.set_value(Some(SendWrapper::new(Rc::clone(&stepper))));
        self.workbench.recorder.follow(0);
        self.done.set(Some(0));
        focus(NEXT);
        self.workbench.while_shown.spawn(async move {
            devtools::restore_network().await;
            if !stepper.is_over.get() {
                stepper.pause_client();
                self.report.busy.set(false);
                self.advance();
            }
        });
    }

    /// Lets the client run freely, and shows all rows again.
    fn stop(self) {
        let stepper = self.stepper.try_update_value(Option::take).flatten();
        if let Some(stepper) = stepper {
            stepper.close();
            self.workbench.recorder.stop_following();
            let _ = self.workbench.busy.try_set(false);
            let _ = self.report.waiting.try_set(String::new());
        }
    }

    fn leave(self) {
        self.stop();
        self.done.set(None);
        focus(START);
    }

    /// Advances the tour by one step.
    fn advance(self) {
        let (Some(done), Some(stepper)) = (self.done.get_untracked(), self.stepper.get_value())
        else {
            return;
        };
        if self.report.busy.get_untracked() || done == FLOW.len() {
            return;
        }
        self.report.busy.set(true);
        let stepper = Rc::clone(&stepper);
        self.workbench.while_shown.spawn(async move {
            let result = self.run_step_after(done, &stepper).await;
            // The user left this tour, and may have started another one since.
            if stepper.is_over.get() {
                return;
            }
            self.report.busy.set(false);
            match result {
                Ok(()) => {
                    self.done.set(Some(done + 1));
                    if done + 1 == FLOW.len() {
                        self.stop();
                    }
                }
                Err(Stop::Left) => {}
                Err(Stop::Failed(error)) => {
                    self.report.error.set(Some(error));
                    self.leave();
                }
            }
        });
    }

    /// Runs the client until the step after `done` has happened, and shows it.
    async fn run_step_after(self, done: usize, stepper: &Rc<Stepper>) -> Result<(), Stop> {
        let recorder = self.workbench.recorder;
        match done {
            requests_after::LOG_IN => stepper.start(client::log_in(server_functions::try_it())),
            requests_after::FIRST_CALL | requests_after::SECOND_CALL => {
                stepper.finish().await?;
                stepper.start(call());
            }
            requests_after::LATE_CALL => {
                stepper.finish().await?;
                self.start_late_call(stepper).await?;
            }
            _ => {}
        }
        while recorder.followed() <= done {
            let outcome = stepper.outcome.borrow().clone();
            match outcome {
                // Another tab, or this page when it became visible, refreshed before the call, so the call was not
                // late. The refresh token has just been rotated, so the tour has to wait before it tries again.
                Some(Ok(())) if done >= requests_after::LATE_CALL => {
                    recorder.follow(requests_after::LATE_CALL);
                    self.workbench.wait_until_rotatable(self.report.waiting).await;
                    if stepper.is_over.get() {
                        return Err(Stop::Left);
                    }
                    self.start_late_call(stepper).await?;
                }
                Some(Ok(())) => return Err(AppError::from(ErrorCode::Unavailable).into()),
                Some(Err(error)) => return Err(error.into()),
                None => {
                    stepper.resume_client();
                    stepper.next_event().await?;
                }
            }
        }
        recorder.reveal_step(done + 1);
        Ok(())
    }

    /// Lets the access token expire, and starts a call with it.
    async fn start_late_call(self, stepper: &Rc<Stepper>) -> Result<(), Stop> {
        // The request that shortens the token is no step of the flow, so the client is not paused there.
        devtools::set_step_hook(None);
        stepper.resume_client();
        let waiting = self.report.waiting;
        let expired = self.workbench.let_access_token_expire(waiting, SHORT_TOKEN_TTL).await;
        if stepper.is_over.get() {
            return Err(Stop::Left);
        }
        stepper.pause_client();
        expired?;
        stepper.start(call());
        Ok(())
    }
}

async fn call() -> Result<(), AppError> {
    call_api().await.map(|_| ())
}
