//! The components of the tour.

use super::{NEXT, START, Tour};
use crate::{
    lab::{flow::FLOW, workbench::Workbench},
    ui::{live_text::LiveText, notice::ErrorNotice, show::ShowWhen},
};
use handstamp_leptos::client::{state::SessionState, use_session};
use handstamp_protocol::error::ErrorCode;
use leptos::{ev::MouseEvent, prelude::*};

/// The card of the tour.
#[component]
pub fn GuidedTour(workbench: Workbench) -> impl IntoView {
    let session = use_session();
    let tour = Tour::new(workbench);
    // An effect, because the server has no client to resume.
    Effect::new(move || on_cleanup(move || tour.stop()));
    // The tour ends with its session.
    Effect::new(move || {
        let is_logged_in = tour.done.get().is_some_and(|done| (3..FLOW.len()).contains(&done));
        if matches!(session.state(), SessionState::LoggedOut(_)) && is_logged_in {
            tour.report.error.set(Some(ErrorCode::SessionRevoked.into()));
            tour.leave();
        }
    });
    let is_new = Signal::derive(move || tour.done.get().is_none());
    let is_running = Signal::derive(move || tour.done.get().is_some());
    view! {
        <section class="card tour" aria-labelledby="tour-title">
            <h2 id="tour-title">"The tour: nineteen steps"</h2>
            <ShowWhen when=is_new>
                <Invitation tour />
            </ShowWhen>
            <ShowWhen when=is_running>
                <CurrentStep tour />
            </ShowWhen>
            <ErrorNotice error=tour.report.error />
        </section>
    }
}

/// Shown before the tour.
#[component]
fn Invitation(tour: Tour) -> impl IntoView {
    let session = use_session();
    let is_closed = Signal::derive(move || session.is_starting() || tour.workbench.busy.get());
    let warning = Signal::derive(move || {
        match session.user() {
        Some(_) => "It starts with a login: your session in this browser ends, and the tour continues with a new guest.",
        None => "It logs you in as a guest.",
    }.to_owned()
    });
    view! {
        <p>
            "From the login to the silent renewal of your ticket, with real requests, one step at a time. \
             At the end you will know why there are two tokens. It takes about three minutes."
        </p>
        <p class="hint"><LiveText text=warning /></p>
        <p class="actions">
            <button type="button" class="button" {..leptos::attr::autocomplete("off")} id=START disabled=is_closed on:click=move |_| tour.start()>"Start the tour"</button>
        </p>
    }
}

/// Shown during the tour.
#[component]
fn CurrentStep(tour: Tour) -> impl IntoView {
    let done = move || tour.done.get().unwrap_or_default();
    let position = Signal::derive(move || format!("Step {} of {}", done(), FLOW.len()));
    let step = move || done().checked_sub(1).and_then(|index| FLOW.get(index));
    let title = Signal::derive(move || step().map_or("Here we go.", |step| step.title).to_owned());
    let why = Signal::derive(move || step().map_or("", |step| step.why).to_owned());
    let next = Signal::derive(move || match FLOW.get(done()) {
        Some(step) => format!("Next: {}", uncapitalized(step.title)),
        None => "Close the tour".to_owned(),
    });
    // One button until the end, so that it keeps the focus.
    let advance = move |click: MouseEvent| {
        match done() {
            // Ignores the second click of a double click.
            _ if click.detail() > 1 => {}
            done if done < FLOW.len() => tour.advance(),
            _ => tour.leave(),
        }
    };
    let is_over = Signal::derive(move || done() == FLOW.len());
    let is_unfinished = Signal::derive(move || done() < FLOW.len());
    let busy = tour.report.busy;
    let is_busy = Signal::derive(move || busy.get().to_string());
    let waiting = tour.report.waiting;
    let is_waiting = Signal::derive(move || !waiting.with(String::is_empty));
    let waiting = Signal::derive(move || waiting.get());
    view! {
        <progress class="tour-progress" max="19" value=move || done().to_string() aria-label="How far the tour is"></progress>
        <div role="status">
            <p class="eyebrow" data-testid="tour-step"><LiveText text=position /></p>
            <h3><LiveText text=title /></h3>
            <p><LiveText text=why /></p>
            <ShowWhen when=is_over>
                <Ending />
            </ShowWhen>
        </div>
        <ShowWhen when=is_waiting><p class="hint"><LiveText text=waiting /></p></ShowWhen>
        <p class="actions">
            <button type="button" class="button" id=NEXT aria-busy=is_busy aria-disabled=is_busy on:click=advance><LiveText text=next /></button>
            <ShowWhen when=is_unfinished>
                <button type="button" class="button button-quiet" on:click=move |_| tour.leave()>"Leave the tour"</button>
            </ShowWhen>
        </p>
    }
}

#[component]
fn Ending() -> impl IntoView {
    view! {
        <div class="ending">
            <h3>"So why two tokens?"</h3>
            <p>
                "Because no single token can be both. The token that is sent with every call has to be checked quickly and \
                 on any server, and it passes through many systems, so it is short-lived. That is the ticket. The token that \
                 keeps you logged in for weeks has to be well protected, looked up in the database at each use, and \
                 revocable at any time, so it is sent to one address only, and rarely. That is the stamp. And because the \
                 stamp is re-inked at each use, a copy of it is detected."
            </p>
            <p>"Now break it: " <a href="#experiments-title" rel="external">"lose an answer"</a>", or " <a href="#thief-title" rel="external">"steal the stamp"</a>"."</p>
        </div>
    }
}

/// Returns the sentence with a lower-case first letter, to follow a colon.
fn uncapitalized(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
