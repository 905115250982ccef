//! What a person sees of the tour.

use super::{NEXT, START, Tour};
use crate::{
    auth::client::{state::SessionState, use_session},
    error::ErrorCode,
    lab::{flow::FLOW, workbench::Bench},
    ui::{live_text::LiveText, notice::ErrorNotice, show::ShowWhen},
};
use leptos::{ev::MouseEvent, prelude::*};

/// The tour.
#[component]
pub fn GuidedTour(bench: Bench) -> impl IntoView {
    let session = use_session();
    let tour = Tour::of(bench);
    // In the browser alone: nothing is held on the server.
    Effect::new(move || on_cleanup(move || tour.stop()));
    // A session that ends takes the tour with it.
    Effect::new(move || {
        let is_logged_in = tour.done.get().is_some_and(|done| (3..FLOW.len()).contains(&done));
        if matches!(session.state(), SessionState::SignedOut(_)) && is_logged_in {
            tour.report.error.set(Some(ErrorCode::SessionRevoked.into()));
            tour.leave();
        }
    });
    let is_new = Signal::derive(move || tour.done.get().is_none());
    let is_under_way = Signal::derive(move || tour.done.get().is_some());
    view! {
        <section class="card tour" aria-labelledby="tour-title">
            <h2 id="tour-title">"The tour: nineteen steps"</h2>
            <ShowWhen when=is_new>
                <Invitation tour />
            </ShowWhen>
            <ShowWhen when=is_under_way>
                <Station tour />
            </ShowWhen>
            <ErrorNotice error=tour.report.error />
        </section>
    }
}

/// Before the tour.
#[component]
fn Invitation(tour: Tour) -> impl IntoView {
    let session = use_session();
    let closed = Signal::derive(move || session.is_starting() || tour.bench.busy.get());
    let warning = Signal::derive(move || {
        match session.user() {
        Some(_) => "It begins with a login: your session in this browser ends, and the tour goes on as a new guest.",
        None => "It logs you in as a guest.",
    }.to_owned()
    });
    view! {
        <p>
            "From the login to the silent renewal of your ticket, with real requests, one step at a time. \
             At the end you know why there are two tokens. It takes about three minutes."
        </p>
        <p class="hint"><LiveText text=warning /></p>
        <p class="actions">
            <button type="button" class="button" {..leptos::attr::autocomplete("off")} id=START disabled=closed on:click=move |_| tour.start()>"Start the tour"</button>
        </p>
    }
}

/// On the way.
#[component]
fn Station(tour: Tour) -> impl IntoView {
    let done = move || tour.done.get().unwrap_or_default();
    let place = Signal::derive(move || format!("Step {} of {}", done(), FLOW.len()));
    let step = move || done().checked_sub(1).and_then(|place| FLOW.get(place));
    let title = Signal::derive(move || step().map_or("Here we go.", |step| step.title).to_owned());
    let why = Signal::derive(move || step().map_or("", |step| step.why).to_owned());
    let next = Signal::derive(move || match FLOW.get(done()) {
        Some(step) => format!("Next: {}", lower(step.title)),
        None => "Close the tour".to_owned(),
    });
    // One button to the end, so that the focus stays where it is.
    let go_on = move |click: MouseEvent| {
        match done() {
            // The second click of a double one is no wish of its own.
            _ if click.detail() > 1 => {}
            done if done < FLOW.len() => tour.go_on(),
            _ => tour.leave(),
        }
    };
    let is_over = Signal::derive(move || done() == FLOW.len());
    let is_on = Signal::derive(move || done() < FLOW.len());
    let busy = tour.report.busy;
    let is_busy = Signal::derive(move || busy.get().to_string());
    let waiting = tour.report.waiting;
    let waits = Signal::derive(move || !waiting.with(String::is_empty));
    let waiting = Signal::derive(move || waiting.get());
    view! {
        <progress class="tour-progress" max="19" value=move || done().to_string() aria-label="How far the tour is"></progress>
        <div role="status">
            <p class="eyebrow" data-testid="tour-step"><LiveText text=place /></p>
            <h3><LiveText text=title /></h3>
            <p><LiveText text=why /></p>
            <ShowWhen when=is_over>
                <Ending />
            </ShowWhen>
        </div>
        <ShowWhen when=waits><p class="hint"><LiveText text=waiting /></p></ShowWhen>
        <p class="actions">
            <button type="button" class="button" id=NEXT aria-busy=is_busy aria-disabled=is_busy on:click=go_on><LiveText text=next /></button>
            <ShowWhen when=is_on>
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
                "Because no single one can be both. What goes with every call has to be checked quickly and anywhere, and it passes \
                 through many hands: so it is short-lived. That is the ticket. What keeps you logged in for weeks has to be hidden well, \
                 has to be looked up at each use, and has to be possible to end at any time: so it is shown to one address alone, and \
                 rarely. That is the stamp. And because the stamp is re-inked at each use, a copy of it gives itself away."
            </p>
            <p>"Now break it: " <a href="#experiments-title" rel="external">"lose an answer"</a>", or " <a href="#thief-title" rel="external">"steal the stamp"</a>"."</p>
        </div>
    }
}

/// A sentence after a colon.
fn lower(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
