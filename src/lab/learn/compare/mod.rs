//! The same theft in four designs, simulated, and a table that compares them.

pub mod model;
pub mod span;
pub mod table;
pub mod timeline;

use super::words::Say;
use crate::ui::show::Keyed;
use handstamp_leptos::client::{now, use_session};
use leptos::prelude::*;
use model::{BEHAVIORS, Behavior, DESIGNS, Design, Lifetimes, remedy, steal};
use span::span;
use table::{Table, description, name};
use timeline::Timeline;

/// A simulated theft. The number makes each one another one.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Theft {
    number: u32,
    design: Design,
    behavior: Behavior,
    lifetimes: Lifetimes,
}

/// The choices, the simulation and the table.
#[component]
pub fn Compare() -> impl IntoView {
    let lifetimes = known_lifetimes();
    let design = RwSignal::new(Design::LongJwt);
    let behavior = RwSignal::new(Behavior::Stay);
    let theft = RwSignal::<Option<Theft>>::new(None);
    let run = move |_| {
        let number = theft.get_untracked().map_or(0, |theft| theft.number + 1);
        let (design, behavior) = (design.get_untracked(), behavior.get_untracked());
        theft.set(Some(Theft { number, design, behavior, lifetimes: lifetimes.get_untracked() }));
    };
    let assumptions = Signal::derive(move || {
        let Lifetimes { access, session } = lifetimes.get();
        format!(
            "The numbers: a ticket lives for {}, and the session for another {}. The thief uses the copy at once.",
            span(access),
            span(session)
        )
    });
    let designs = DESIGNS.map(|value| {
        let is_chosen = Signal::derive(move || design.get() == value);
        choice(
            "design",
            name(value),
            Some(description(value)),
            is_chosen,
            Callback::new(move |()| design.set(value)),
        )
    });
    let behaviors = BEHAVIORS.map(|value| {
        let is_chosen = Signal::derive(move || behavior.get() == value);
        choice(
            "behavior",
            behavior_name(value),
            None,
            is_chosen,
            Callback::new(move |()| behavior.set(value)),
        )
    });
    let key = Signal::derive(move || theft.get().map(|theft| theft.number.to_string()));
    view! {
        <section id="compare" class="card compare" aria-labelledby="compare-title">
            <h2 id="compare-title" tabindex="-1">"The same theft, four designs"</h2>
            <p><Say text="Is all of this worth it? Pick a design, let the thief copy what the browser stores, and see for how long the copy is good." /></p>
            <p class="simulation"><strong class="badge">"Simulation"</strong>" "<span>"Nothing is sent or stolen here: the page calculates what would happen. The other experiments of the lab are real."</span></p>
            <div class="compare-choices">
                <fieldset class="choices"><legend>"The design"</legend>{Vec::from(designs)}</fieldset>
                <fieldset class="choices"><legend>"What you do after the theft"</legend>{Vec::from(behaviors)}</fieldset>
            </div>
            <p class="hint"><Say text=assumptions /></p>
            <p class="actions"><button type="button" class="button button-quiet" on:click=run>"Steal it (simulated)"</button></p>
            <div role="status" data-testid="theft">
                <Keyed key>
                    {theft.get_untracked().map(|theft| view! { <Story theft /> })}
                </Keyed>
            </div>
            <Table lifetimes />
            <WeakPoints />
        </section>
    }
}

/// Returns the lifetimes of this page's session, or the defaults. An access token may have been shortened, so the
/// longest lifetime that this page has seen counts.
fn known_lifetimes() -> Signal<Lifetimes> {
    let session = use_session();
    let lifetimes = RwSignal::new(Lifetimes::DEFAULT);
    let longest = StoredValue::new(0.0_f64);
    Effect::new(move || {
        let snapshot = session.get();
        if let (Some(token), Some(end)) = (snapshot.token, snapshot.ends_at) {
            let seen = longest.get_value().max(token.expires_at - token.held_since);
            longest.set_value(seen);
            let seconds = |milliseconds: f64| (milliseconds / 1000.0).round().max(1.0) as u32;
            lifetimes.set(Lifetimes { access: seconds(seen), session: seconds(end - now()) });
        }
    });
    lifetimes.into()
}

fn behavior_name(behavior: Behavior) -> &'static str {
    match behavior {
        Behavior::Stay => "Keep using the page",
        Behavior::LogOut => "Log out soon",
        Behavior::Leave => "Close the page, and never come back",
    }
}

fn choice(
    group: &'static str,
    label: &'static str,
    hint: Option<&'static str>,
    is_chosen: Signal<bool>,
    choose: Callback<()>,
) -> AnyView {
    let hint = hint.map(|hint| view! { <span class="hint"><Say text=hint /></span> });
    view! {
        <label class="choice">
            <input type="radio" name=group autocomplete="off" prop:checked=is_chosen on:change=move |_| choose.run(()) />
            <span><span>{label}</span>{hint}</span>
        </label>
    }
    .into_any()
}

/// What the theft leads to.
#[component]
fn Story(theft: Theft) -> impl IntoView {
    let Theft { design, behavior, lifetimes, .. } = theft;
    let outcome = steal(design, behavior, lifetimes);
    let acts_for = span(outcome.acts_for);
    let verdict = match outcome.is_noticed {
        true => format!("The thief can act for {acts_for} at most."),
        false => format!("The thief can act for {acts_for}."),
    };
    let noticed = match outcome.is_noticed {
        true => format!("Yes, after {acts_for} at most, without your help."),
        false => "No. Neither you nor the server learn of it.".to_owned(),
    };
    let moments = outcome.moments.into_iter().map(|moment| {
        let at = if moment.at == 0 { "At once".to_owned() } else { span(moment.at) };
        view! { <li><span class="story-when">{at}</span><span><Say text=moment.text /></span></li> }
            .into_any()
    });
    view! {
        <div class="theft-story">
            <h3>{format!("{} (simulated)", name(design))}</h3>
            <p class="outcome"><strong><Say text=verdict /></strong></p>
            <Timeline acts_for=outcome.acts_for lifetimes />
            <ol class="theft-moments">{moments.collect::<Vec<_>>()}</ol>
            <dl class="facts">
                <dt>"Noticed?"</dt><dd>{noticed}</dd>
                <dt>"What you can do"</dt><dd><Say text=remedy(design) /></dd>
            </dl>
        </div>
    }
}

/// What this design does not do well.
#[component]
fn WeakPoints() -> impl IntoView {
    let points = [
        "A copied stamp is noticed only when both you and the thief use it. If you never come back, the thief keeps the session until it ends.",
        "A thief who refreshes within seconds of every refresh of yours isn't noticed: within this window the server takes the two for two tabs.",
        "When a theft is noticed, you have to log in again too: the server can't know which of the two is you.",
        "A script in the page can use the session while the page is open, and can take a ticket away. Only a page without foreign scripts prevents that.",
        "It has more parts than a server session: a refresh, tabs that take turns, responses that get lost. On one server with its database beside it, a server session is simpler, and often the better choice.",
    ];
    let points = points.map(|text| view! { <li><Say text /></li> }.into_any());
    view! {
        <h3>"Weak points of this site's design"</h3>
        <ul>{Vec::from(points)}</ul>
    }
}
