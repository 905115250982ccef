//! The guided tour: the nineteen steps, one at a time. The client itself is held at every step, so what the page
//! shows is how far it has come.

mod stage;
pub mod view;

pub use view::GuidedTour;

use super::{
    flow::{FLOW, begins},
    workbench::{Bench, Report, call},
};
use crate::{
    auth::{
        api,
        client::{self, devtools},
    },
    error::{AppError, ErrorCode},
    ui::focus::focus,
};
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use stage::{Stage, Stop};
use std::rc::Rc;

/// The button that begins the tour, and the one that goes on.
const START: &str = "tour-start";
const NEXT: &str = "tour-next";

/// The life of the ticket that runs out in the tour, in seconds.
const SHORT: u32 = 3;

/// The tour, as the page sees it.
#[derive(Clone, Copy)]
struct Tour {
    bench: Bench,
    /// How many steps are done; nothing before it begins.
    done: RwSignal<Option<usize>>,
    report: Report,
    stage: StoredValue<Option<SendWrapper<Rc<Stage>>>>,
}

impl Tour {
    fn of(bench: Bench) -> Self {
        Self {
            bench,
            done: RwSignal::new(None),
            report: Report::blank(),
            stage: StoredValue::new(None),
        }
    }

    fn start(self) {
        if self.bench.busy.get_untracked() {
            return;
        }
        self.bench.busy.set(true);
        // Nothing goes on before the client is held.
        self.report.busy.set(true);
        self.report.error.set(None);
        let stage = Rc::<Stage>::default();
        let ringing = Rc::downgrade(&stage);
        stage.listening.replace(Some(devtools::trace().listen(move |_| {
            if let Some(stage) = ringing.upgrade() {
                stage.ring();
            }
        })));
        self.stage.set_value(Some(SendWrapper::new(Rc::clone(&stage))));
        self.bench.recorder.follow(0);
        self.done.set(Some(0));
        focus(NEXT);
        self.bench.while_shown.spawn(async move {
            devtools::restore_network().await;
            if !stage.is_over.get() {
                stage.hold_client();
                self.report.busy.set(false);
                self.go_on();
            }
        });
    }

    /// Lets the client run again, and shows everything that happens.
    fn stop(self) {
        let stage = self.stage.try_update_value(Option::take).flatten();
        if let Some(stage) = stage {
            stage.close();
            self.bench.recorder.stop_following();
            let _ = self.bench.busy.try_set(false);
            let _ = self.report.waiting.try_set(String::new());
        }
    }

    fn leave(self) {
        self.stop();
        self.done.set(None);
        focus(START);
    }

    /// Goes one step further.
    fn go_on(self) {
        let (Some(done), Some(stage)) = (self.done.get_untracked(), self.stage.get_value()) else {
            return;
        };
        if self.report.busy.get_untracked() || done == FLOW.len() {
            return;
        }
        self.report.busy.set(true);
        let stage = Rc::clone(&stage);
        self.bench.while_shown.spawn(async move {
            let came = self.advance(&stage, done).await;
            // Whoever has left may have begun anew meanwhile.
            if stage.is_over.get() {
                return;
            }
            self.report.busy.set(false);
            match came {
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

    /// Brings the step after `done` about, and shows it.
    async fn advance(self, stage: &Rc<Stage>, done: usize) -> Result<(), Stop> {
        let recorder = self.bench.recorder;
        match done {
            begins::LOG_IN => stage.begin(client::log_in(api::try_it())),
            begins::FIRST_CALL | begins::SECOND_CALL => {
                stage.finish().await?;
                stage.begin(ask());
            }
            begins::LATE_CALL => {
                stage.finish().await?;
                self.begin_late(stage).await?;
            }
            _ => {}
        }
        while recorder.followed() <= done {
            let ended = stage.outcome.borrow().clone();
            match ended {
                // Somebody else has refreshed meanwhile, another tab or a page that was looked at again:
                // the call that was to be late was none.
                Some(Ok(())) if done >= begins::LATE_CALL => {
                    recorder.follow(begins::LATE_CALL);
                    // They have just had the stamp inked.
                    self.bench.wait_for_ink(self.report.waiting).await;
                    if stage.is_over.get() {
                        return Err(Stop::Left);
                    }
                    self.begin_late(stage).await?;
                }
                Some(Ok(())) => return Err(AppError::from(ErrorCode::Unavailable).into()),
                Some(Err(error)) => return Err(error.into()),
                None => {
                    stage.release();
                    stage.next().await?;
                }
            }
        }
        recorder.expose_secret(done + 1);
        Ok(())
    }

    /// Lets the ticket run out, and begins the call that comes too late.
    async fn begin_late(self, stage: &Rc<Stage>) -> Result<(), Stop> {
        // Nobody is held at what is no step of the flow.
        devtools::set_step_hook(None);
        stage.release();
        let over = self.bench.let_ticket_run_out(self.report.waiting, SHORT).await;
        if stage.is_over.get() {
            return Err(Stop::Left);
        }
        stage.hold_client();
        over?;
        stage.begin(ask());
        Ok(())
    }
}

/// Calls the API.
async fn ask() -> Result<(), AppError> {
    call().await.map(|_| ())
}
