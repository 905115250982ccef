//! `/`: what this is, in one screen, and a way to try it.

use crate::{
    app::DemoMode,
    auth::{
        api,
        client::{self, state::SessionState, use_session},
    },
    ui::{
        live_text::LiveText, notice::ErrorNotice, show::Shown, stamp::Stamp,
        submission::Submission, ticket::Ticket,
    },
};
use leptos::prelude::*;
use leptos_meta::Title;

/// The home page.
#[component]
pub fn Home() -> impl IntoView {
    let session = use_session();
    let is_signed_in = Signal::derive(move || session.user().is_some());
    let has_lab = Signal::stored(use_context::<DemoMode>().unwrap_or_default().guests);
    let is_signed_out = Signal::derive(move || session.user().is_none());
    view! {
        <Title text="Short tickets, one stamp" />
        <section class="hero">
            <div class="hero-text">
                <p class="eyebrow">"Access token · refresh token"</p>
                <h1>"Short tickets, " <em>"one stamp."</em></h1>
                <p class="lead">
                    "At the cinema you show a ticket at the door, and the stamp on your hand lets you back in. \
                     Handstamp logs you in the same way: a ticket that lasts minutes goes with every request, \
                     a stamp that lasts weeks stays where no script can read it."
                </p>
                <Shown when=is_signed_in>
                    <p class="actions">
                        <a class="button" href="/posts">"Read and write posts"</a>
                        <a class="button button-quiet" href="/profile">"See your profile"</a>
                        <Shown when=has_lab>
                            <a class="button button-quiet" href="/lab" rel="external">"Watch it in the lab"</a>
                        </Shown>
                    </p>
                </Shown>
                <Shown when=is_signed_out>
                    <Invitation />
                </Shown>
            </div>
            <div class="hero-art">
                <Ticket />
                <Stamp />
            </div>
        </section>
        <HowItWorks />
    }
}

#[component]
fn Invitation() -> impl IntoView {
    let session = use_session();
    let is_starting = Signal::derive(move || session.is_starting());
    let is_demo = Signal::stored(use_context::<DemoMode>().unwrap_or_default().guests);
    let trial = Submission::new();
    view! {
        <div class="invitation" class:is-waiting=is_starting>
            <p class="actions">
                <Shown when=is_demo>
                    <TryIt trial />
                </Shown>
                <a class="button button-quiet" href="/signup">"Sign up"</a>
                <a class="button button-quiet" href="/login">"Log in"</a>
                <Shown when=is_demo>
                    <a class="button button-quiet" href="/lab" rel="external">"See how it works"</a>
                </Shown>
            </p>
            <Shown when=is_demo>
                <p class="hint">"“Try it” makes a guest account of your own. It is gone after a day."</p>
            </Shown>
            <ErrorNotice error=trial.error />
        </div>
    }
}

/// One click, and somebody is logged in.
#[component]
fn TryIt(trial: Submission) -> impl IntoView {
    let session = use_session();
    let busy = trial.busy;
    // Where it is not known that nobody is logged in, this could end somebody's session.
    let is_signed_out = move || matches!(session.state(), SessionState::SignedOut(_));
    let is_disabled = Signal::derive(move || !is_signed_out() || busy.get());
    let is_busy = Signal::derive(move || busy.get().to_string());
    let text = Signal::derive(move || if busy.get() { "Stamping…" } else { "Try it" }.to_owned());
    let try_it = move |_| trial.send(client::log_in(api::try_it()), || ());
    view! {
        <button type="button" class="button" {..leptos::attr::autocomplete("off")} disabled=is_disabled aria-busy=is_busy on:click=try_it>
            <LiveText text />
        </button>
    }
}

#[component]
fn HowItWorks() -> impl IntoView {
    view! {
        <section class="steps" aria-labelledby="how">
            <h2 id="how">"What happens behind the curtain"</h2>
            <ol>
                <li>
                    <h3>"The door"</h3>
                    <p>
                        "Every API call shows the access token. The server checks its signature and asks no database."
                    </p>
                </li>
                <li>
                    <h3>"The box office"</h3>
                    <p>
                        "When the ticket is over, the page shows the refresh token once, gets a new ticket, and sends \
                         the call again. You notice nothing."
                    </p>
                </li>
                <li>
                    <h3>"The ink"</h3>
                    <p>
                        "Each refresh re-inks the stamp. If an old stamp turns up again, somebody copied it: \
                         the session ends at once."
                    </p>
                </li>
            </ol>
        </section>
    }
}
