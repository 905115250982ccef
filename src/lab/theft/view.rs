//! The two browsers, side by side, and the story.

use super::{
    OBSTACLE, Theft, Thief,
    runs::{copy_refresh_token, let_time_pass, owner_refreshes, thief_refreshes},
};
use crate::{
    lab::{
        experiments::{Outcome, Start},
        guest_login::Obstacle,
        learn::words::{Say, say, use_words},
        workbench::{Report, Workbench},
    },
    ui::{live_text::LiveText, show::ShowWhen},
};
use handstamp_leptos::client::use_session;
use leptos::prelude::*;

/// The card with both browsers and the story.
#[component]
pub fn TheftExperiment(workbench: Workbench) -> impl IntoView {
    let report = Report::empty();
    let words = use_words();
    let window = workbench.window_seconds();
    let pass = Signal::derive(move || format!("Let {} s pass", workbench.rotation_seconds()));
    let note = Signal::derive(move || {
        say(
            words.get(),
            &format!(
                "For {window} seconds after a stamp was replaced, the old one still gets the same new one, because two tabs may refresh at once. \
             A stamp that was replaced less than {} seconds ago is kept.",
                2 * window
            ),
        )
    });
    let text = |text: &str| Signal::stored(text.to_owned());
    view! {
        <section class="card thief" aria-labelledby="thief-title">
            <h2 id="thief-title" tabindex="-1"><Say text=text("Steal the stamp") /></h2>
            <p><Say text=text(
                "A simulated thief copies your stamp, as malware on your device could. How is that noticed? \
                 A refresh replaces the stamp, so the second one to use it holds an old one. You decide who refreshes next."
            ) /></p>
            <div class="two-browsers">
                <Owner workbench report />
                <Attacker workbench report />
            </div>
            <p class="actions">
                <Start label=pass report workbench obstacle=OBSTACLE needs_session=true run=|workbench, _| Box::pin(let_time_pass(workbench)) />
            </p>
            <p class="hint"><LiveText text=note /></p>
            <Obstacle workbench needs_session=true id=OBSTACLE card="thief-title" />
            <StoryLines theft=workbench.theft />
            <Outcome report />
        </section>
    }
}

/// The side of the user.
#[component]
fn Owner(workbench: Workbench, report: Report) -> impl IntoView {
    let session = use_session();
    let theft = workbench.theft;
    let token = Memo::new(move |_| workbench.recorder.refresh_token());
    let stamp = Signal::derive(move || match (session.user(), token.get()) {
        (Some(_), Some(token)) => format!("Stamp #{}", token.report.generation),
        (Some(_), None) => "A stamp".to_owned(),
        (None, _) => "No stamp".to_owned(),
    });
    let state = Signal::derive(move || {
        match (session.user().is_some(), theft.is_noticed.get()) {
            (true, _) => "Logged in",
            (false, true) => "Logged out: the server can't know which of the two is you",
            (false, false) => "Logged out",
        }
        .to_owned()
    });
    view! {
        <section aria-label="You">
            <h3>"You"</h3>
            <p class="chip chip-stamp"><Say text=stamp /></p>
            <p class="hint" data-testid="your-state"><LiveText text=state /></p>
            <Start label=Signal::stored("You refresh".to_owned()) report workbench obstacle=OBSTACLE needs_session=true run=|workbench, _| Box::pin(owner_refreshes(workbench)) />
        </section>
    }
}

/// The side of the attacker.
#[component]
fn Attacker(workbench: Workbench, report: Report) -> impl IntoView {
    let theft = workbench.theft;
    let stamp = Signal::derive(move || match theft.thief.get() {
        Thief::Absent => "No stamp".to_owned(),
        Thief::Holds(generation) => format!("Stamp #{generation}"),
        Thief::Refused(generation) => format!("Stamp #{generation}, refused"),
    });
    let state = Signal::derive(move || {
        match (theft.thief.get(), theft.is_noticed.get()) {
            (Thief::Absent, _) => "Has nothing",
            (_, true) => "Has nothing any more: the session has ended",
            (Thief::Holds(_), false) => "Holds your session, unnoticed",
            (Thief::Refused(_), false) => "Was refused",
        }
        .to_owned()
    });
    let is_absent =
        Signal::derive(move || theft.thief.get() == Thief::Absent || theft.is_noticed.get());
    let is_there = Signal::derive(move || !is_absent.get());
    let text = |text: &str| Signal::stored(text.to_owned());
    view! {
        <section class="is-thief" aria-label="Thief">
            <h3><Say text=text("Thief") /></h3>
            <p class="chip chip-stamp"><Say text=stamp /></p>
            <p class="hint" data-testid="thief-state"><LiveText text=state /></p>
            <ShowWhen when=is_absent>
                <Start label=text("Copy your stamp") report workbench obstacle=OBSTACLE needs_session=true run=|workbench, _| Box::pin(copy_refresh_token(workbench)) />
            </ShowWhen>
            <ShowWhen when=is_there>
                <Start label=text("Thief refreshes") report workbench obstacle=OBSTACLE needs_session=true run=|workbench, _| Box::pin(thief_refreshes(workbench)) />
            </ShowWhen>
        </section>
    }
}

/// What happened, line by line.
#[component]
fn StoryLines(theft: Theft) -> impl IntoView {
    let has_story = Signal::derive(move || !theft.lines.with(Vec::is_empty));
    view! {
        <ShowWhen when=has_story>
            <ol class="story" aria-label="The story" aria-live="polite">
                <For each=move || theft.lines.get() key=|line| line.id let:line>
                    <li data-who=line.who>
                        <strong><Say text=Signal::stored(line.who.to_owned()) /></strong>
                        <span><Say text=Signal::stored(line.what) /></span>
                    </li>
                </For>
            </ol>
        </ShowWhen>
    }
}
