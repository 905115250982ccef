//! Runs one experiment at a time and reports its progress.

use super::{api, devtools, recorder::Recorder, theft::Theft, timing::RefreshOutcome};
use crate::{demo_mode::DemoMode, ui::component_scope::ComponentScope};
use futures::future::LocalBoxFuture;
use handstamp_leptos::client::{self, use_session};
use handstamp_protocol::error::{AppError, ErrorCode};
use leptos::prelude::*;

/// A running experiment, which returns a sentence about its result.
pub type Experiment = LocalBoxFuture<'static, Result<String, AppError>>;

/// Runs the experiments.
#[derive(Clone, Copy)]
pub struct Workbench {
    /// The history of this page.
    pub recorder: Recorder,
    /// Whether an experiment or the tour is running.
    pub busy: RwSignal<bool>,
    /// Cancels the experiments when the user leaves the page.
    pub while_shown: ComponentScope,
    /// The last theft.
    pub theft: Theft,
    /// The reuse window of the server, in milliseconds.
    window: f64,
}

/// The visible state of an experiment.
#[derive(Clone, Copy)]
pub struct Report {
    /// The event that the experiment waits for, and how long it still takes.
    pub waiting: RwSignal<String>,
    /// The sentence about its result.
    pub result: RwSignal<String>,
    /// Whether it is running.
    pub busy: RwSignal<bool>,
    /// Its failure.
    pub error: RwSignal<Option<AppError>>,
    /// The option that the user expects.
    pub predicted: RwSignal<Option<usize>>,
}

impl Report {
    /// Returns the report of an experiment that has not run yet.
    pub fn empty() -> Self {
        Self {
            waiting: RwSignal::new(String::new()),
            result: RwSignal::new(String::new()),
            busy: RwSignal::new(false),
            error: RwSignal::new(None),
            predicted: RwSignal::new(None),
        }
    }
}

impl Workbench {
    /// Returns the workbench of this page.
    pub fn of_page() -> Self {
        let demo = use_context::<DemoMode>().unwrap_or_default();
        Self {
            recorder: Recorder::start(),
            busy: RwSignal::new(false),
            while_shown: ComponentScope::current(),
            theft: Theft::default(),
            window: f64::from(demo.reuse_window),
        }
    }

    /// Returns why an experiment can't start, or an empty string.
    pub fn obstacle(self, needs_session: bool) -> Signal<String> {
        let session = use_session();
        Signal::derive(move || {
            if needs_session && session.user().is_none() {
                "Log in first: this needs a session."
            } else if self.busy.get() {
                "Something else is running."
            } else {
                ""
            }
            .to_owned()
        })
    }

    /// Runs an experiment unless another one is running.
    pub fn run(self, report: Report, experiment: Experiment) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        report.busy.set(true);
        report.error.set(None);
        report.result.set(String::new());
        self.while_shown.spawn(async move {
            let done = experiment.await;
            self.busy.set(false);
            report.busy.set(false);
            report.waiting.set(String::new());
            match done {
                Ok(result) => report.result.set(result),
                Err(error) => report.error.set(Some(error)),
            }
        });
    }

    /// Waits, and shows the remaining seconds after `what`.
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

    /// Lets so many seconds pass for the session of this page.
    ///
    /// # Errors
    /// Fails if the server function fails, and with `session_revoked` if the session has ended.
    pub async fn pass_time(self, seconds: u32) -> Result<(), AppError> {
        let passed = api::pass_time(seconds).await?;
        devtools::replace_access_token(passed.access_token, passed.expires_in)
    }

    /// Returns the reuse window in whole seconds, rounded up.
    pub fn window_seconds(self) -> u32 {
        (self.window / 1000.0).ceil() as u32
    }

    /// Returns how many seconds it takes until a refresh rotates any refresh token, and until a rotated one is outside
    /// of the reuse window.
    pub fn rotation_seconds(self) -> u32 {
        2 * self.window_seconds() + 1
    }

    /// Lets time pass until the next refresh rotates the refresh token again.
    ///
    /// # Errors
    /// As [`Self::pass_time`].
    pub async fn make_rotatable(self) -> Result<(), AppError> {
        // The server rotates the first one at any age.
        let is_first = self
            .recorder
            .refresh_token_untracked()
            .is_some_and(|token| token.report.outcome == RefreshOutcome::Issued);
        if is_first { Ok(()) } else { self.pass_time(self.rotation_seconds()).await }
    }

    /// Shortens the access token to so many seconds, and waits until it has expired on the server too.
    ///
    /// # Errors
    /// Fails if the server function fails, and with `session_revoked` if the session has ended.
    pub async fn let_access_token_expire(
        self,
        waiting: RwSignal<String>,
        seconds: u32,
    ) -> Result<(), AppError> {
        let short = api::shorten_access_token(seconds).await?;
        devtools::replace_access_token(short.access_token, short.expires_in)?;
        let left = f64::from(short.expires_in) * 1000.0 + 50.0;
        self.wait(waiting, "The ticket expires in", left).await;
        Ok(())
    }
}

/// Calls the API, and returns whether the client got a new access token for it.
///
/// # Errors
/// Fails if the interceptor fails, and with `unavailable` if the status is not 200.
pub async fn call_api() -> Result<bool, AppError> {
    let before = client::generation();
    match devtools::call("/api/profile").await? {
        200 => Ok(client::generation() > before),
        _ => Err(ErrorCode::Unavailable.into()),
    }
}
