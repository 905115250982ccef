//! `/`: what this is, in one screen, and a way to try it.

use crate::{
    app::DemoMode,
    auth::{
        api,
        client::{self, session::SessionState, use_session},
    },
    ui::{notice::ErrorNotice, stamp::Stamp, submission::Submission, ticket::Ticket},
};
use leptos::prelude::*;
use leptos_meta::Title;

/// The home page.
#[component]
pub fn Home() -> impl IntoView {
    let session = use_session();
    let signed_in = Memo::new(move |_| session.with(|session| session.user.is_some()));
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
                <Show when=move || signed_in.get() fallback=Invitation>
                    <p class="actions">
                        <a class="button" href="/posts">"Read and write posts"</a>
                        <a class="button button-quiet" href="/profile">"See your profile"</a>
                    </p>
                </Show>
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
    let demo = use_context::<DemoMode>().unwrap_or_default().0;
    let trial = Submission::new();
    let busy = trial.busy;
    let starting = move || session.with(|session| session.state == SessionState::Starting);
    let try_it = move |_| trial.send(async { api::try_it().await.map(client::begin) }, || ());
    view! {
        <div class="invitation" class:is-waiting=starting>
            <p class="actions">
                {demo
                    .then(|| {
                        view! {
                            <button
                                class="button"
                                disabled=move || starting() || busy.get()
                                aria-busy=move || busy.get().to_string()
                                on:click=try_it
                            >
                                {move || if busy.get() { "Stamping…" } else { "Try it" }}
                            </button>
                        }
                    })}
                <a class="button button-quiet" href="/signup">"Sign up"</a>
                <a class="button button-quiet" href="/login">"Log in"</a>
            </p>
            {demo.then(|| view! { <p class="hint">"“Try it” makes a guest account of your own. It is gone after a day."</p> })}
            <ErrorNotice error=trial.error />
        </div>
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
