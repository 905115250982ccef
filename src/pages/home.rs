//! `/`: an introduction with a button for a guest account, or what a user who is logged in may want to do next.

use super::code_split::{LazyPage, LazyPart};
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
    let is_logged_out = Signal::derive(move || session.user().is_none());
    view! {
        <Title text="Handstamp: access and refresh tokens, live" />
        <div class="home" class:is-dashboard=is_logged_in>
            <section class="hero-text">
                <ShowWhen when=is_logged_in>
                    <Greeting />
                </ShowWhen>
                <ShowWhen when=is_logged_out>
                    <Introduction />
                </ShowWhen>
            </section>
            <div class="hero-art">
                <Ticket />
                <Stamp />
            </div>
            <div class="home-more">
                <ShowWhen when=is_logged_in>
                    <LazyPart part=LazyPage::Dashboard />
                </ShowWhen>
                <ShowWhen when=is_logged_out>
                    <HowItWorks />
                </ShowWhen>
            </div>
        </div>
    }
}

/// The greeting of a user who is logged in, and the two things to do first.
#[component]
fn Greeting() -> impl IntoView {
    let session = use_session();
    let has_lab = Signal::stored(use_context::<DemoMode>().unwrap_or_default().guests);
    // Isolated, because the name may be written from right to left.
    let greeting = Signal::derive(move || {
        let name = session.user().map(|user| user.username).unwrap_or_default();
        format!("Hello, \u{2068}{name}\u{2069}")
    });
    view! {
        <h1 class="greeting"><LiveText text=greeting /></h1>
        <p class="lead">"You're logged in. Your ticket is renewed automatically while you're here."</p>
        <p class="actions">
            <a class="button" href=paths::POSTS>"Write a post"</a>
            <ShowWhen when=has_lab>
                <a class="button button-quiet" href=paths::LAB rel="external">"See how it works"</a>
            </ShowWhen>
        </p>
    }
}

#[component]
fn Introduction() -> impl IntoView {
    view! {
        <p class="eyebrow">"Access token · refresh token"</p>
        <h1>"Short tickets, " <em>"one stamp."</em></h1>
        <p class="lead">
            "At a fair, a ticket gets you on a ride, and the stamp on your hand gets you the next ticket. \
             Handstamp works the same way: a short-lived ticket (the access token) goes with every request; \
             a long-lived stamp (the refresh token) stays in a cookie no script can read."
        </p>
        <Invitation />
    }
}

#[component]
fn Invitation() -> impl IntoView {
    let is_demo = use_context::<DemoMode>().unwrap_or_default().guests;
    let (is_demo, is_product) = (Signal::stored(is_demo), Signal::stored(!is_demo));
    let trial = Submission::new();
    view! {
        <div class="invitation">
            <ShowWhen when=is_demo>
                <p class="actions">
                    <TryIt trial />
                    <a class="button button-quiet" href=paths::LAB rel="external">"See how it works"</a>
                </p>
                <p class="hint">"Creates a private guest account. It is deleted after 24 hours."</p>
            </ShowWhen>
            <ShowWhen when=is_product>
                <p class="actions">
                    <a class="button" href=paths::SIGN_UP>"Sign up"</a>
                    <a class="button button-quiet" href=paths::LOG_IN>"Log in"</a>
                </p>
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
    let text = Signal::derive(move || {
        if busy.get() { "Logging in…" } else { "Try it as a guest" }.to_owned()
    });
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
            <h2 id="how">"What happens behind the scenes"</h2>
            <ol>
                <li>
                    <h3>"The ride"</h3>
                    <p>
                        "Every API call carries the access token. The server checks the signature, with no database \
                         lookup."
                    </p>
                </li>
                <li>
                    <h3>"The box office"</h3>
                    <p>
                        "When the ticket expires, the browser sends the refresh token once, gets a new ticket, and \
                         the page retries the call. You don't notice."
                    </p>
                </li>
                <li>
                    <h3>"The stamp"</h3>
                    <p>
                        "Refreshing replaces the stamp. If an old stamp turns up later, it was probably copied, so \
                         the session ends immediately."
                    </p>
                </li>
            </ol>
        </section>
    }
}
