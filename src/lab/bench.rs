//! The workbench: what experiments have in common. One at a time, with a word on what it waits for.

use super::{api, recorder::Recorder, thief::Story};
use crate::{
    app::DemoMode,
    auth::client::{self, study, use_session},
    error::{AppError, ErrorCode},
};
use futures::future::LocalBoxFuture;
use leptos::{prelude::*, task::spawn_local};

/// An experiment on its way; with a sentence when it is done.
pub type Work = LocalBoxFuture<'static, Result<String, AppError>>;

/// Where experiments are made.
#[derive(Clone, Copy)]
pub struct Bench {
    /// The history of this page.
    pub recorder: Recorder,
    /// Whether an experiment is under way; the tour is one, too.
    pub busy: RwSignal<bool>,
    /// What a thief has done.
    pub story: Story,
    /// The reuse window of the server, in milliseconds.
    window: f64,
}

/// What a person sees of an experiment.
#[derive(Clone, Copy)]
pub struct Report {
    /// What it waits for, while it is on its way; the sentence afterwards.
    pub words: RwSignal<String>,
    /// Whether it is on its way.
    pub busy: RwSignal<bool>,
    /// What went wrong.
    pub error: RwSignal<Option<AppError>>,
}

impl Report {
    /// Of an experiment that has not been made.
    pub fn new() -> Self {
        Self {
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
            story: Story::new(),
            window: f64::from(demo.reuse_window),
        }
    }

    /// Whether there is nothing to experiment with, or somebody is at it.
    pub fn is_closed(self) -> Signal<bool> {
        let session = use_session();
        Signal::derive(move || session.user().is_none() || self.busy.get())
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
        spawn_local(async move {
            let done = work.await;
            // The page may be gone by now.
            let _ = self.busy.try_set(false);
            let _ = report.busy.try_set(false);
            let (words, error) = match done {
                Ok(words) => (words, None),
                Err(error) => (String::new(), Some(error)),
            };
            let _ = report.words.try_set(words);
            let _ = report.error.try_set(error);
        });
    }

    /// Waits, and counts the seconds that are left behind `what`.
    pub async fn wait(self, words: RwSignal<String>, what: &str, milliseconds: f64) {
        let until = client::now() + milliseconds;
        loop {
            let left = until - client::now();
            if left <= 0.0 {
                break;
            }
            let seconds = (left / 1000.0).ceil();
            let _ = words.try_set(format!("{what} {seconds} s…"));
            study::sleep(left.min(250.0)).await;
        }
        let _ = words.try_set(String::new());
    }

    /// Waits until the reuse window of what was done just now is over.
    pub async fn wait_for_window(self, words: RwSignal<String>, what: &str) {
        self.wait(words, what, self.window + 200.0).await;
    }

    /// Waits until a refresh inks the stamp again.
    pub async fn wait_for_ink(self, words: RwSignal<String>) {
        let stamp = self.recorder.stamp_now();
        let young = stamp.filter(|stamp| stamp.generation != "0");
        let until = young.map_or(0.0, |stamp| stamp.inked_at + 2.0 * self.window + 200.0);
        self.wait(words, "The stamp is young. The server inks it again in", until - client::now())
            .await;
    }

    /// Has the ticket cut to so many seconds, and waits until it is over by the server's clock, too.
    ///
    /// # Errors
    /// Those of the server function; `session_revoked` where the session is over by now.
    pub async fn let_ticket_run_out(
        self,
        words: RwSignal<String>,
        seconds: u32,
    ) -> Result<(), AppError> {
        let short = api::cut_ticket(seconds).await?;
        study::hold(short.access_token, short.expires_in)?;
        let left = f64::from(short.expires_in) * 1000.0 + 50.0;
        self.wait(words, "The ticket runs out in", left).await;
        Ok(())
    }
}

/// Calls the API, and answers whether that took a new ticket.
///
/// # Errors
/// Those of the interceptor, and of an answer other than 200.
pub async fn call() -> Result<bool, AppError> {
    let before = client::generation();
    match study::call("/api/profile").await? {
        200 => Ok(client::generation() > before),
        _ => Err(ErrorCode::Unavailable.into()),
    }
}
