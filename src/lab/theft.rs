//! The experiment with a stolen refresh token. The server plays the attacker too, and its responses tell both sides'
//! story.

use super::{
    api, devtools,
    experiments::{Outcome, Start},
    types::{CopiedToken, CopyResult},
    workbench::{Report, WAIT_MARGIN, Workbench, call_api},
};
use crate::ui::show::ShowWhen;
use handstamp_leptos::client;
use handstamp_protocol::error::{AppError, ErrorCode};
use leptos::prelude::*;

/// One line of the story.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    id: usize,
    /// Seconds since the theft.
    at: f64,
    who: &'static str,
    what: String,
}

/// The story of the last theft. It is still shown after the session has ended.
#[derive(Clone, Copy)]
pub struct Story {
    lines: RwSignal<Vec<Line>>,
    started_at: StoredValue<f64>,
}

impl Story {
    /// Returns a story without lines.
    pub fn empty() -> Self {
        Self { lines: RwSignal::new(Vec::new()), started_at: StoredValue::new(0.0) }
    }

    fn restart(self) {
        let _ = self.lines.try_set(Vec::new());
        self.started_at.try_set_value(client::now());
    }

    fn add_line(self, who: &'static str, what: impl Into<String>) {
        let started_at = self.started_at.try_get_value().unwrap_or_default();
        let at = (client::now() - started_at) / 1000.0;
        self.lines.try_update(|lines| {
            let id = lines.len();
            lines.push(Line { id, at, who, what: what.into() });
        });
    }
}

/// The card with both experiments and the story.
#[component]
pub fn TheftExperiment(workbench: Workbench) -> impl IntoView {
    let report = Report::empty();
    let story = workbench.story;
    let has_story = Signal::derive(move || !story.lines.with(Vec::is_empty));
    view! {
        <section class="card thief" aria-labelledby="thief-title">
            <h2 id="thief-title" tabindex="-1">"Steal the stamp"</h2>
            <p>
                "A thief in the server's lab copies your stamp, as malware on your device could, and uses it from elsewhere. \
                 This page never sees the copy. A stamp doesn't say who uses it, so how is the theft detected? \
                 At each use the server re-inks it: it adds one to the generation, and the previous stamp is spent. \
                 The first of the two to use it gets the new one; the other is left with a spent stamp, and uses it sooner or later."
            </p>
            <p class="hint">
                "For a few seconds after a stamp was re-inked, the spent one still gets the same new one, because two tabs may refresh \
                 at once. This reuse window has to pass before a theft is detected, so the experiment takes up to half a minute."
            </p>
            <p class="actions">
                <Start label="Steal it: you refresh first" report workbench needs_session=true run=|workbench, report| Box::pin(owner_refreshes_first(workbench, report)) />
                <Start label="Steal it: the thief is faster" report workbench needs_session=true run=|workbench, report| Box::pin(attacker_refreshes_first(workbench, report)) />
            </p>
            <ShowWhen when=has_story>
                <ol class="story" aria-label="The story" aria-live="polite">
                    <For each=move || story.lines.get() key=|line| line.id let:line>
                        <li data-who=line.who>
                            <strong>{line.who}</strong>
                            <span class="story-when">{format!("{:.1} s", line.at)}</span>
                            <span>{line.what}</span>
                        </li>
                    </For>
                </ol>
            </ShowWhen>
            <Outcome report />
        </section>
    }
}

async fn owner_refreshes_first(workbench: Workbench, report: Report) -> Result<String, AppError> {
    let story = workbench.story;
    copy_refresh_token(workbench, report).await?;
    devtools::refresh().await?;
    story.add_line(
        "You",
        "refresh, as any page does. The server re-inks the stamp, and the copy is now a spent one.",
    );
    workbench
        .wait_for_window(report.waiting, "The thief comes when the reuse window is over, in")
        .await;
    if !is_copy_detected(story).await? {
        return Ok(
            "The thief was lucky this time: the copy was the newest stamp. Try again.".to_owned()
        );
    }
    match call_api().await {
        Err(error) if error.code == ErrorCode::SessionRevoked => {
            story.add_line(
                "You",
                "call the API: the ticket is refused at once, though it hasn't expired.",
            );
        }
        Err(error) => return Err(error),
        Ok(_) => {}
    }
    Ok("The copy is worth nothing, and the thief was noticed on first use. You have to log in again: the server can't know which of the two you are.".to_owned())
}

async fn attacker_refreshes_first(
    workbench: Workbench,
    report: Report,
) -> Result<String, AppError> {
    let story = workbench.story;
    copy_refresh_token(workbench, report).await?;
    if is_copy_detected(story).await? {
        return Ok(
            "The stamp had moved on before the thief could use it: caught at once.".to_owned()
        );
    }
    workbench
        .wait_for_window(report.waiting, "You refresh when the reuse window is over, in")
        .await;
    match devtools::refresh().await {
        Err(error) if error.code == ErrorCode::RefreshTokenReused => {
            story.add_line("You", "refresh with the stamp that you hold. The thief has spent it.");
            story.add_line("Server", "sees a spent stamp, and no repeat of a lost refresh: two hold this session. It ends the session and deletes the stamp, so the thief's is worth nothing either.");
        }
        Err(error) => return Err(error),
        Ok(_) => {
            return Ok("The server took the two for one client, because both refreshed within the reuse window. That is the price of the window; the next refresh tells them apart.".to_owned());
        }
    }
    Ok("The thief had a few seconds, until you refreshed. That is why tickets are short-lived: you refresh often, and each time would unmask a thief.".to_owned())
}

/// Copies the refresh token, and waits until a refresh rotates it again.
async fn copy_refresh_token(workbench: Workbench, report: Report) -> Result<(), AppError> {
    workbench.story.restart();
    let CopiedToken { generation, rotates_in, .. } = api::copy_refresh_token().await?;
    workbench.story.add_line("Thief", format!("copies your stamp of generation {generation}."));
    if rotates_in > 0 {
        let left = f64::from(rotates_in) + WAIT_MARGIN;
        workbench
            .wait(report.waiting, "The stamp is young. The server inks it again in", left)
            .await;
    }
    Ok(())
}

/// Lets the attacker refresh with the copy, and returns whether the server detected the reuse.
async fn is_copy_detected(story: Story) -> Result<bool, AppError> {
    let CopyResult { shown, holds, refused } = api::refresh_with_copy().await?;
    story.add_line("Thief", format!("shows generation {shown} at the box office."));
    match (holds, refused) {
        (Some(holds), _) => {
            story.add_line(
                "Server",
                format!("accepts it and issues generation {holds}. The theft isn't noticed yet."),
            );
            Ok(false)
        }
        (None, Some(code)) if code != ErrorCode::RefreshTokenReused => Err(code.into()),
        (None, _) => {
            story.add_line("Server", format!("knows generation {shown} as spent, and this is no repeat of a lost refresh: two hold this session. It ends the session and deletes the stamp."));
            Ok(true)
        }
    }
}
