//! Runs one experiment at a time and reports its progress.

use super::{api, devtools, recorder::Recorder, theft::Story};
use crate::{demo_mode::DemoMode, ui::component_scope::ComponentScope};
use futures::future::LocalBoxFuture;
use handstamp_leptos::client::{self, use_session};
use handstamp_protocol::error::{AppError, ErrorCode};
use leptos::prelude::*;

/// A safety margin for waits, in milliseconds.
pub(super) const WAIT_MARGIN: f64 = 200.0;

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
    /// The story of the last theft.
    pub story: Story,
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
}

impl Report {
    /// Returns the report of an experiment that has not run yet.
    pub fn empty() -> Self {
        Self {
            waiting: RwSignal::new(String::new()),
            result: RwSignal::new(String::new()),
            busy: RwSignal::new(false),
            error: RwSignal::new(None),
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
            story: Story::empty(),
            window: f64::from(demo.reuse_window),
        }
    }

    /// Whether an experiment can't start: another one is running, or it needs a session and there is none.
    pub fn is_closed(self, needs_session: bool) -> Signal<bool> {
        let session = use_session();
        Signal::derive(move || self.busy.get() || needs_session && session.user().is_none())
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

    /// Waits for one reuse window, so that a refresh before the call is outside of it.
    pub async fn wait_for_window(self, waiting: RwSignal<String>, what: &str) {
        self.wait(waiting, what, self.window + WAIT_MARGIN).await;
    }

    /// Waits until a refresh rotates the refresh token again.
    pub async fn wait_until_rotatable(self, waiting: RwSignal<String>) {
        let rotated_at = match self.recorder.refresh_token_untracked() {
            // The server rotates the first one at any age.
            Some(token) if token.how == "pressed" => f64::NEG_INFINITY,
            Some(token) => token.reported_at,
            // Another tab may have just rotated it.
            None => client::now(),
        };
        let left = rotated_at + 2.0 * self.window + WAIT_MARGIN - client::now();
        self.wait(waiting, "The stamp is young. The server inks it again in", left).await;
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
        self.wait(waiting, "The ticket runs out in", left).await;
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
