//! The guided tour: the nineteen steps, one at a time. The client is paused at every step, so the page shows its real
//! progress.

mod navigation;
mod stepper;
pub mod view;

pub use view::GuidedTour;

use super::{
    devtools,
    flow::{FLOW, next_stop, requests_after},
    stage::player::Player,
    workbench::{Report, Workbench, call_api},
};
use crate::ui::focus::focus;
use handstamp_leptos::{client, server_functions};
use handstamp_protocol::error::{AppError, ErrorCode};
use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};
use send_wrapper::SendWrapper;
use std::rc::Rc;
use stepper::{Stepper, Stop};

/// The id of the button that starts the tour.
const START: &str = "tour-start";

/// The life in seconds of the access token that expires during the tour.
const SHORT_TOKEN_TTL: u32 = 3;

/// The state of the tour.
#[derive(Clone, Copy)]
pub struct Tour {
    workbench: Workbench,
    player: Player,
    /// The number of completed steps; `None` before the tour starts.
    done: RwSignal<Option<usize>>,
    /// Whether the tour goes on without the user.
    plays: RwSignal<bool>,
    timer: StoredValue<Option<TimeoutHandle>>,
    report: Report,
    stepper: StoredValue<Option<SendWrapper<Rc<Stepper>>>>,
}

impl Tour {
    pub fn new(workbench: Workbench, player: Player) -> Self {
        let tour = Self {
            workbench,
            player,
            done: RwSignal::new(None),
            plays: RwSignal::new(false),
            timer: StoredValue::new(None),
            report: Report::empty(),
            stepper: StoredValue::new(None),
        };
        Effect::new(move |_| tour.schedule());
        // An effect, because the server has no client to resume.
        Effect::new(move || on_cleanup(move || tour.stop()));
        tour
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
        self.workbench.recorder.close_replay();
        self.workbench.recorder.follow(0);
        self.player.play();
        self.done.set(Some(0));
        show_stage();
        focus(super::stage::NEXT);
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
            let _ = self.plays.try_set(false);
        }
    }

    fn leave(self) {
        self.stop();
        self.done.set(None);
        self.player.play();
        focus(START);
    }

    /// Advances the tour to its next stop.
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
            let mut result = Ok(());
            let stop = next_stop(done);
            for step in done..stop {
                result = self.run_step_after(step, &stepper).await;
                if result.is_err() {
                    break;
                }
            }
            // The user left this tour, and may have started another one since.
            if stepper.is_over.get() {
                return;
            }
            self.report.busy.set(false);
            match result {
                Ok(()) => {
                    self.done.set(Some(stop));
                    if stop == FLOW.len() {
                        stepper.close();
                        self.workbench.recorder.stop_following();
                        self.workbench.busy.set(false);
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
                // late. The refresh token has just been rotated, so the tour lets time pass before it tries again.
                Some(Ok(())) if done >= requests_after::LATE_CALL => {
                    recorder.follow(requests_after::LATE_CALL);
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
        let expired = self.let_access_token_expire().await;
        if stepper.is_over.get() {
            return Err(Stop::Left);
        }
        stepper.pause_client();
        expired?;
        stepper.start(call());
        Ok(())
    }

    async fn let_access_token_expire(self) -> Result<(), AppError> {
        self.workbench.make_rotatable().await?;
        self.workbench.let_access_token_expire(self.report.waiting, SHORT_TOKEN_TTL).await
    }
}

/// Scrolls the page so that the stage is at its top.
fn show_stage() {
    if let Some(lab) = document().get_element_by_id(super::page::LAB) {
        lab.scroll_into_view();
    }
}

async fn call() -> Result<(), AppError> {
    call_api().await.map(|_| ())
}
