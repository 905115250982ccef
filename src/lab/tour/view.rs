//! The components of the tour.

use super::{START, Tour};
use crate::{
    lab::{
        flow::{Chapter, FLOW},
        learn::words::Say,
    },
    ui::{
        dialog::{ConfirmDialog, DialogState},
        live_text::LiveText,
        notice::ErrorNotice,
        show::ShowWhen,
    },
};
use handstamp_leptos::client::{state::SessionState, use_session};
use handstamp_protocol::error::ErrorCode;
use leptos::prelude::*;

/// The card of the tour.
#[component]
pub fn GuidedTour(tour: Tour) -> impl IntoView {
    let session = use_session();
    // The tour ends with its session.
    Effect::new(move || {
        let is_logged_in = tour.done.get().is_some_and(|done| (3..FLOW.len()).contains(&done));
        if matches!(session.state(), SessionState::LoggedOut(_)) && is_logged_in {
            tour.report.error.set(Some(ErrorCode::SessionRevoked.into()));
            tour.leave();
        }
    });
    let is_new = Signal::derive(move || !tour.is_running());
    let is_running = Signal::derive(move || tour.is_running());
    view! {
        <section class="card tour" aria-labelledby="tour-title">
            <h2 id="tour-title" class:visually-hidden=is_running>"Guided tour"</h2>
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
    let question = DialogState::new();
    let start = move |_| match session.user() {
        Some(_) => question.open(),
        None => tour.start(),
    };
    let confirm = Callback::new(move |()| {
        question.close();
        tour.start();
    });
    let loss = Signal::derive(move || {
        let name = session.user().map(|user| user.username).unwrap_or_default();
        format!(
            "The tour begins with a login, as a new guest. “{name}” is logged out in this browser."
        )
    });
    view! {
        <p><Say text=Signal::stored("Follow one session from the login to the silent refresh, one real request at a time. At the end you will know why there are two tokens. It takes about three minutes.".to_owned()) /></p>
        <p class="actions">
            <button type="button" class="button" {..leptos::attr::autocomplete("off")} id=START disabled=is_closed on:click=start>"Start the tour"</button>
        </p>
        <ConfirmDialog
            state=question
            id="tour-question"
            title=Signal::stored("Log out and start the tour?".to_owned())
            confirm=Signal::stored("Log out and start".to_owned())
            on_confirm=confirm
        >
            <p dir="auto"><LiveText text=loss /></p>
            <p class="hint">"A guest account can't be entered again afterwards. An account of your own stays; log in again after the tour."</p>
        </ConfirmDialog>
    }
}

/// Shown during the tour.
#[component]
fn CurrentStep(tour: Tour) -> impl IntoView {
    let shown = Memo::new(move |_| tour.shown_step());
    let step = move || shown.get().checked_sub(1).and_then(|index| FLOW.get(index));
    let position = Signal::derive(move || {
        let step = shown.get();
        format!("{} · Step {step} of {}", Chapter::of_step(step).name(), FLOW.len())
    });
    let title = Signal::derive(move || step().map_or("Here we go", |step| step.title).to_owned());
    let why = Signal::derive(move || step().map_or("", |step| step.why).to_owned());
    let is_complete = Signal::derive(move || tour.is_complete());
    let is_unfinished = Signal::derive(move || !tour.is_complete());
    let waiting = tour.report.waiting;
    let is_waiting = Signal::derive(move || !waiting.with(String::is_empty));
    let waiting = Signal::derive(move || waiting.get());
    let chapters: Vec<AnyView> = Chapter::ALL
        .into_iter()
        .map(|chapter| {
            let current = Signal::derive(move || {
                let is_current = Chapter::of_step(shown.get()) == chapter;
                if is_current { "step" } else { "false" }.to_owned()
            });
            view! { <li aria-current=current>{chapter.name()}</li> }.into_any()
        })
        .collect();
    view! {
        <ol class="chapters" aria-label="Chapters">{chapters}</ol>
        <progress class="tour-progress" max="19" value=move || shown.get().to_string() aria-label="How far the tour is"></progress>
        <div role="status">
            <p class="visually-hidden" data-testid="tour-step"><LiveText text=position /></p>
            <h3><Say text=title /></h3>
            <p><Say text=why /></p>
            <ShowWhen when=is_complete>
                <Ending />
            </ShowWhen>
        </div>
        <ShowWhen when=is_waiting><p class="hint"><Say text=waiting /></p></ShowWhen>
        <p class="actions">
            <ShowWhen when=is_unfinished>
                <button type="button" class="link" on:click=move |_| tour.leave()>"Leave the tour"</button>
            </ShowWhen>
        </p>
    }
}

#[component]
fn Ending() -> impl IntoView {
    let text = |text: &str| Signal::stored(text.to_owned());
    view! {
        <div class="ending">
            <h3>"So why two tokens?"</h3>
            <p>"No single token can do both jobs:"</p>
            <table class="two-tokens">
                <thead><tr><td></td><th scope="col"><Say text=text("Ticket") /></th><th scope="col"><Say text=text("Stamp") /></th></tr></thead>
                <tbody>
                    <tr><th scope="row">"Sent"</th><td>"with every call"</td><td>"to one endpoint, rarely"</td></tr>
                    <tr><th scope="row">"Checked"</th><td>"without a database"</td><td>"in the database"</td></tr>
                    <tr><th scope="row">"Lives"</th><td>"for minutes"</td><td>"for days"</td></tr>
                    <tr><th scope="row">"So it"</th><td>"is fast on any server"</td><td>"can be revoked, and a copy is noticed"</td></tr>
                </tbody>
            </table>
            <p>"Now break it: " <a href="#experiment-lost" rel="external">"lose a response"</a>", or " <a href="#thief-title" rel="external"><Say text=text("steal the stamp") /></a>"."</p>
        </div>
    }
}
