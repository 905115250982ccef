//! `/`: an introduction, and a button for a guest account.

use crate::{
    demo_mode::DemoMode,
    ui::{
        live_text::LiveText, notice::ErrorNotice, show::ShowWhen, stamp::Stamp,
        submission::Submission, ticket::Ticket,
    },
};
use handstamp_leptos::{
    client::{self, state::SessionState, use_session},
    server_functions,
};
use handstamp_protocol::paths;
use leptos::prelude::*;
use leptos_meta::Title;

/// The home page.
#[component]
pub fn Home() -> impl IntoView {
    let session = use_session();
    let is_logged_in = Signal::derive(move || session.user().is_some());
    let has_lab = Signal::stored(use_context::<DemoMode>().unwrap_or_default().guests);
    let is_logged_out = Signal::derive(move || session.user().is_none());
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
                <ShowWhen when=is_logged_in>
                    <p class="actions">
                        <a class="button" href=paths::POSTS>"Read and write posts"</a>
                        <a class="button button-quiet" href=paths::PROFILE>"See your profile"</a>
                        <ShowWhen when=has_lab>
                            <a class="button button-quiet" href=paths::LAB rel="external">"Watch it in the lab"</a>
                        </ShowWhen>
                    </p>
                </ShowWhen>
                <ShowWhen when=is_logged_out>
                    <Invitation />
                </ShowWhen>
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
    let is_demo = Signal::stored(use_context::<DemoMode>().unwrap_or_default().guests);
    let trial = Submission::new();
    view! {
        <div class="invitation">
            <p class="actions">
                <ShowWhen when=is_demo>
                    <TryIt trial />
                </ShowWhen>
                <a class="button button-quiet" href=paths::SIGN_UP>"Sign up"</a>
                <a class="button button-quiet" href=paths::LOG_IN>"Log in"</a>
                <ShowWhen when=is_demo>
                    <a class="button button-quiet" href=paths::LAB rel="external">"See how it works"</a>
                </ShowWhen>
            </p>
            <ShowWhen when=is_demo>
                <p class="hint">"“Try it” makes a guest account of your own. It is deleted after a day."</p>
            </ShowWhen>
            <ErrorNotice error=trial.error />
        </div>
    }
}

/// The button that creates a guest account and logs in.
#[component]
fn TryIt(trial: Submission) -> impl IntoView {
    let session = use_session();
    let busy = trial.busy;
    // Disabled until the session is known: a login ends the session that the browser has.
    let is_logged_out = move || matches!(session.state(), SessionState::LoggedOut(_));
    let is_disabled = Signal::derive(move || !is_logged_out() || busy.get());
    let is_busy = Signal::derive(move || busy.get().to_string());
    let text = Signal::derive(move || if busy.get() { "Stamping…" } else { "Try it" }.to_owned());
    let try_it = move |_| trial.send(client::log_in(server_functions::try_it()), || ());
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
                        "Every API call shows the access token. The server checks its signature, without a database."
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
                        "Each refresh re-inks the stamp. If an old stamp turns up again, it was copied: \
                         the session ends at once."
                    </p>
                </li>
            </ol>
        </section>
    }
}
