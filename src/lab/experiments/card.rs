//! The components of an experiment.

use super::{CARDS, Card, Prediction, Run};
use crate::{
    lab::{
        devtools,
        guest_login::Obstacle,
        learn::words::Say,
        workbench::{Report, Workbench},
    },
    ui::{notice::ErrorNotice, show::ShowWhen},
};
use leptos::prelude::*;

/// The cards of all experiments.
#[component]
pub fn Experiments(workbench: Workbench) -> impl IntoView {
    // Other pages are never disconnected.
    Effect::new(|| on_cleanup(|| leptos::task::spawn_local(devtools::set_offline(false))));
    let cards = CARDS
        .iter()
        .map(|card| view! { <ExperimentCard card workbench /> }.into_any())
        .collect::<Vec<_>>();
    view! {
        <section aria-labelledby="experiments-title">
            <h2 id="experiments-title" tabindex="-1">"Break it yourself"</h2>
            <div class="experiments">
                {cards}
                <section class="card experiment" id="experiment-tab">
                    <h3>"Open a second tab"</h3>
                    <p><Say text=Signal::stored("All tabs of a browser share the stamp, and a tab that gets a new ticket hands it to the others. Log out in one of them, or let the thief steal the stamp, and look at the other one.".to_owned()) /></p>
                    <p class="actions"><a class="button button-quiet button-small" href="/lab" target="_blank" rel="external noopener">"Open"</a></p>
                </section>
            </div>
        </section>
    }
}

#[component]
fn ExperimentCard(card: &'static Card, workbench: Workbench) -> impl IntoView {
    let report = Report::empty();
    let buttons = card
        .buttons
        .iter()
        .map(|&(label, run)| {
            view! { <Start label=Signal::stored(label.to_owned()) report workbench run obstacle=card.obstacle needs_session=card.needs_session predicts=card.prediction.is_some() /> }
                .into_any()
        })
        .collect::<Vec<_>>();
    let prediction = card
        .prediction
        .map(|prediction| view! { <PredictionField prediction name=card.id report /> }.into_any());
    view! {
        <section class="card experiment" id=card.id tabindex="-1" aria-label=card.title>
            <h3><Say text=Signal::stored(card.title.to_owned()) /> " " <a class="anchor" href=format!("#{}", card.id) rel="external" aria-label=format!("Link to “{}”", card.title)>"#"</a></h3>
            <p><Say text=Signal::stored(card.explanation.to_owned()) /></p>
            {prediction}
            <p class="actions">{buttons}</p>
            <Obstacle workbench needs_session=card.needs_session id=card.obstacle card=card.id />
            <Outcome report />
        </section>
    }
}

/// The question before an experiment. After it, says whether the answer was right.
#[component]
fn PredictionField(
    prediction: &'static Prediction,
    name: &'static str,
    report: Report,
) -> impl IntoView {
    let options = prediction
        .options
        .iter()
        .enumerate()
        .map(|(index, option)| {
            let choose = move |_| report.predicted.set(Some(index));
            view! {
                <label class="choice">
                    <input type="radio" name=name autocomplete="off" on:change=choose />
                    <span><Say text=Signal::stored((*option).to_owned()) /></span>
                </label>
            }
            .into_any()
        })
        .collect::<Vec<_>>();
    let verdict = Signal::derive(move || {
        if report.result.with(String::is_empty) {
            return String::new();
        }
        match report.predicted.get() {
            Some(index) if index == prediction.right => "You predicted it.".to_owned(),
            Some(index) => format!(
                "You expected: {}. It was: {}.",
                prediction.options[index], prediction.options[prediction.right]
            ),
            None => String::new(),
        }
    });
    view! {
        <fieldset class="choices">
            <legend><Say text=Signal::stored(format!("First guess: {}", prediction.question)) /></legend>
            {options}
        </fieldset>
        <p class="verdict"><Say text=verdict /></p>
    }
}

/// The button that starts an experiment.
#[component]
pub fn Start(
    #[prop(into)] label: Signal<String>,
    report: Report,
    workbench: Workbench,
    run: Run,
    /// The id of the element that says why the button is disabled.
    obstacle: &'static str,
    needs_session: bool,
    /// Whether a question has to be answered first.
    #[prop(optional)]
    predicts: bool,
) -> impl IntoView {
    let why = workbench.obstacle(needs_session);
    let is_open = Signal::derive(move || {
        why.with(String::is_empty) && (!predicts || report.predicted.get().is_some())
    });
    // `aria-disabled` instead of `disabled`, because a disabled button loses the focus.
    let is_closed = Signal::derive(move || (!is_open.get()).to_string());
    let busy = report.busy;
    let is_busy = Signal::derive(move || busy.get().to_string());
    let start = move |_| {
        if is_open.get_untracked() {
            workbench.run(report, run(workbench, report));
        }
    };
    let title = if predicts { "Choose an answer first" } else { "" };
    view! {
        <button type="button" class="button button-quiet button-small" title=title aria-describedby=obstacle aria-disabled=is_closed aria-busy=is_busy on:click=start><Say text=label /></button>
    }
}

/// The progress and the result of an experiment.
#[component]
pub fn Outcome(report: Report) -> impl IntoView {
    let result = report.result;
    let has_result = Signal::derive(move || !result.with(String::is_empty));
    let result = Signal::derive(move || result.get());
    let waiting = report.waiting;
    let is_waiting = Signal::derive(move || !waiting.with(String::is_empty));
    let waiting = Signal::derive(move || waiting.get());
    view! {
        // Outside of the live region, because it changes every second.
        <ShowWhen when=is_waiting><p class="hint"><Say text=waiting /></p></ShowWhen>
        <div role="status">
            <ShowWhen when=has_result><p class="outcome"><Say text=result /></p></ShowWhen>
        </div>
        <ErrorNotice error=report.error />
    }
}
