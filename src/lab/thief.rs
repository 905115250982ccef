//! The thief: somebody who has copied the stamp. Both sides' story, told by what the server answers.

use super::{
    api,
    experiments::{Outcome, Start},
    types::{Struck, Theft},
    workbench::{Bench, Report, call},
};
use crate::{
    auth::client::{self, devtools},
    error::{AppError, ErrorCode},
    ui::show::ShowWhen,
};
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

/// The story so far. It outlives the session.
#[derive(Clone, Copy)]
pub struct Story {
    lines: RwSignal<Vec<Line>>,
    begun: StoredValue<f64>,
}

impl Story {
    /// Nothing has been stolen.
    pub fn untold() -> Self {
        Self { lines: RwSignal::new(Vec::new()), begun: StoredValue::new(0.0) }
    }

    fn begin(self) {
        let _ = self.lines.try_set(Vec::new());
        self.begun.try_set_value(client::now());
    }

    fn tell(self, who: &'static str, what: impl Into<String>) {
        let at = (client::now() - self.begun.try_get_value().unwrap_or_default()) / 1000.0;
        self.lines.try_update(|lines| {
            let id = lines.len();
            lines.push(Line { id, at, who, what: what.into() });
        });
    }
}

/// The experiment with the thief.
#[component]
pub fn Thief(bench: Bench) -> impl IntoView {
    let report = Report::blank();
    let story = bench.story;
    let has_story = Signal::derive(move || !story.lines.with(Vec::is_empty));
    view! {
        <section class="card thief" aria-labelledby="thief-title">
            <h2 id="thief-title" tabindex="-1">"Steal the stamp"</h2>
            <p>
                "A thief in the server's lab copies your stamp, as malware on your device could, and uses it from elsewhere. \
                 This page never sees the copy. A stamp doesn't say who shows it, so how is the theft noticed? \
                 Each time it is shown, the server re-inks it: it counts one generation up, and the one before is spent. \
                 Whoever shows it first gets the new one; the other is left with a spent stamp, and shows it sooner or later."
            </p>
            <p class="hint">
                "For a few seconds after a stamp was re-inked, the spent one still gets the same new one: two tabs may ask at once. \
                 This reuse window has to pass before anything is noticed, so the experiment takes up to half a minute."
            </p>
            <p class="actions">
                <Start label="Steal it: you refresh first" report bench needs_session=true run=|bench, report| Box::pin(owner_first(bench, report)) />
                <Start label="Steal it: the thief is faster" report bench needs_session=true run=|bench, report| Box::pin(thief_first(bench, report)) />
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

async fn owner_first(bench: Bench, report: Report) -> Result<String, AppError> {
    let story = bench.story;
    steal(bench, report).await?;
    devtools::refresh().await?;
    story.tell(
        "You",
        "refresh, as any page does. The server re-inks the stamp, and the copy is a spent one.",
    );
    bench
        .wait_for_window(report.waiting, "The thief comes when the reuse window is over, in")
        .await;
    if !strike(story).await? {
        return Ok("The thief was lucky this time: the stamp that was shown was the newest one. Try again.".to_owned());
    }
    match call().await {
        Err(error) if error.code == ErrorCode::SessionRevoked => {
            story.tell(
                "You",
                "call the API: the ticket is refused at once, though its time isn't over.",
            );
        }
        Err(error) => return Err(error),
        Ok(_) => {}
    }
    Ok("The copy is worth nothing, and the thief was noticed on first use. You have to log in again: the server can't know which of the two you are.".to_owned())
}

async fn thief_first(bench: Bench, report: Report) -> Result<String, AppError> {
    let story = bench.story;
    steal(bench, report).await?;
    if strike(story).await? {
        return Ok(
            "The stamp had moved on before the thief could use it: caught at once.".to_owned()
        );
    }
    bench.wait_for_window(report.waiting, "You refresh when the reuse window is over, in").await;
    match devtools::refresh().await {
        Err(error) if error.code == ErrorCode::RefreshTokenReused => {
            story.tell("You", "refresh with the stamp that you hold. It was spent, by the thief.");
            story.tell("Server", "sees a spent stamp, and no repeat of a lost refresh: two hold this session. It ends the session and deletes the stamp, so the thief's is worth nothing either.");
        }
        Err(error) => return Err(error),
        Ok(_) => {
            return Ok("The server took the two for one client: both refreshed within the reuse window. That is its price, and the next refresh tells them apart.".to_owned());
        }
    }
    Ok("The thief had a few seconds, until you refreshed. That is why tickets are short-lived: you refresh often, and each time would unmask a thief.".to_owned())
}

/// Copies the stamp, and waits until a refresh with it inks it again.
async fn steal(bench: Bench, report: Report) -> Result<(), AppError> {
    bench.story.begin();
    let Theft { generation, rotates_in, .. } = api::steal().await?;
    bench.story.tell("Thief", format!("copies your stamp of generation {generation}."));
    if rotates_in > 0 {
        let left = f64::from(rotates_in) + 200.0;
        bench.wait(report.waiting, "The stamp is young. The server inks it again in", left).await;
    }
    Ok(())
}

/// Lets the thief refresh. Answers whether that was noticed.
async fn strike(story: Story) -> Result<bool, AppError> {
    let Struck { shown, holds, refused } = api::strike().await?;
    story.tell("Thief", format!("shows generation {shown} at the box office."));
    match (holds, refused) {
        (Some(holds), _) => {
            story.tell(
                "Server",
                format!("finds it good, and hands out generation {holds}. Nobody knows yet."),
            );
            Ok(false)
        }
        (None, Some(code)) if code != ErrorCode::RefreshTokenReused => Err(code.into()),
        (None, _) => {
            story.tell("Server", format!("knows generation {shown} as spent, and this is no repeat of a lost refresh: two hold this session. It ends the session and deletes the stamp."));
            Ok(true)
        }
    }
}
