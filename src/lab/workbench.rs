//! The workbench: what experiments have in common. One at a time, with a word on what it waits for.

use super::{api, recorder::Recorder, thief::Story};
use crate::{
    app::DemoMode,
    auth::client::{self, devtools, use_session},
    error::{AppError, ErrorCode},
    ui::component_scope::WhileShown,
};
use futures::future::LocalBoxFuture;
use leptos::prelude::*;

/// An experiment on its way; with a sentence when it is done.
pub type Work = LocalBoxFuture<'static, Result<String, AppError>>;

/// Where experiments are made.
#[derive(Clone, Copy)]
pub struct Bench {
    /// The history of this page.
    pub recorder: Recorder,
    /// Whether an experiment is under way; the tour is one, too.
    pub busy: RwSignal<bool>,
    /// What is begun here ends with the page.
    pub while_shown: WhileShown,
    /// What a thief has done.
    pub story: Story,
    /// The reuse window of the server, in milliseconds.
    window: f64,
}

/// What a person sees of an experiment.
#[derive(Clone, Copy)]
pub struct Report {
    /// What it waits for, while it is on its way.
    pub waiting: RwSignal<String>,
    /// The sentence afterwards.
    pub words: RwSignal<String>,
    /// Whether it is on its way.
    pub busy: RwSignal<bool>,
    /// What went wrong.
    pub error: RwSignal<Option<AppError>>,
}

impl Report {
    /// Of an experiment that has not been made.
    pub fn blank() -> Self {
        Self {
            waiting: RwSignal::new(String::new()),
            words: RwSignal::new(String::new()),
            busy: RwSignal::new(false),
            error: RwSignal::new(None),
        }
    }
}

impl Bench {
    /// The bench of this page.
    pub fn here() -> Self {
        let demo = use_context::<DemoMode>().unwrap_or_default();
        Self {
            recorder: Recorder::here(),
            busy: RwSignal::new(false),
            while_shown: WhileShown::here(),
            story: Story::untold(),
            window: f64::from(demo.reuse_window),
        }
    }

    /// Whether somebody is at it, or there is no session to experiment with where one is wanted.
    pub fn is_closed(self, needs_session: bool) -> Signal<bool> {
        let session = use_session();
        Signal::derive(move || self.busy.get() || needs_session && session.user().is_none())
    }

    /// Makes an experiment, unless one is under way.
    pub fn run(self, report: Report, work: Work) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        report.busy.set(true);
        report.error.set(None);
        report.words.set(String::new());
        self.while_shown.spawn(async move {
            let done = work.await;
            self.busy.set(false);
            report.busy.set(false);
            report.waiting.set(String::new());
            match done {
                Ok(words) => report.words.set(words),
                Err(error) => report.error.set(Some(error)),
            }
        });
    }

    /// Waits, and counts the seconds that are left behind `what`.
    pub async fn wait(self, waiting: RwSignal<String>, what: &str, milliseconds: f64) {
        let until = client::now() + milliseconds;
        loop {
            let left = until - client::now();
            if left <= 0.0 {
                break;
            }
            let seconds = (left / 1000.0).ceil();
            waiting.set(format!("{what} {seconds} s…"));
            devtools::sleep(left.min(250.0)).await;
        }
        waiting.set(String::new());
    }

    /// Waits until the reuse window of what was done just now is over.
    pub async fn wait_for_window(self, waiting: RwSignal<String>, what: &str) {
        self.wait(waiting, what, self.window + 200.0).await;
    }

    /// Waits until a refresh inks the stamp again.
    pub async fn wait_for_ink(self, waiting: RwSignal<String>) {
        let inked_at = match self.recorder.stamp_now() {
            // The first one is never too young.
            Some(stamp) if stamp.how == "pressed" => f64::NEG_INFINITY,
            Some(stamp) => stamp.inked_at,
            // Another tab knows.
            None => client::now(),
        };
        let until = inked_at + 2.0 * self.window + 200.0;
        self.wait(
            waiting,
            "The stamp is young. The server inks it again in",
            until - client::now(),
        )
        .await;
    }

    /// Has the ticket cut to so many seconds, and waits until it is over by the server's clock, too.
    ///
    /// # Errors
    /// Those of the server function; `session_revoked` where the session is over by now.
    pub async fn let_ticket_run_out(
        self,
        waiting: RwSignal<String>,
        seconds: u32,
    ) -> Result<(), AppError> {
        let short = api::cut_ticket(seconds).await?;
        devtools::replace_access_token(short.access_token, short.expires_in)?;
        let left = f64::from(short.expires_in) * 1000.0 + 50.0;
        self.wait(waiting, "The ticket runs out in", left).await;
        Ok(())
    }
}

/// Calls the API, and answers whether that took a new ticket.
///
/// # Errors
/// Those of the interceptor, and of an answer other than 200.
pub async fn call() -> Result<bool, AppError> {
    let before = client::generation();
    match devtools::call("/api/profile").await? {
        200 => Ok(client::generation() > before),
        _ => Err(ErrorCode::Unavailable.into()),
    }
}
