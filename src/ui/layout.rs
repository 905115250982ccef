//! What stands around every page.

use super::{show::Shown, theme::ThemeSwitch};
use crate::auth::client::{state::SessionState, use_session};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// The navigation.
#[component]
pub fn Header(
    /// Logs out.
    log_out: Callback<()>,
    /// Whether there is a lab.
    has_lab: bool,
) -> impl IntoView {
    let session = use_session();
    let name = Signal::derive(move || session.user().map(|user| user.username).unwrap_or_default());
    let is_signed_in = Signal::derive(move || session.user().is_some());
    let is_signed_out =
        Signal::derive(move || matches!(session.state(), SessionState::SignedOut(_)));
    view! {
        <header class="top">
            <a href="/" class="brand">
                <svg viewBox="0 0 32 32" aria-hidden="true"><circle cx="16" cy="16" r="13" /><path d="M9 16 l5 5 l9 -10" /></svg>
                <span translate="no">"Handstamp"</span>
            </a>
            <nav aria-label="Pages">
                <Shown when=Signal::stored(has_lab)>
                    <PageLink href="/lab" text="Lab" rel="external" />
                </Shown>
                <PageLink href="/posts" text="Posts" />
                <PageLink href="/sessions" text="Sessions" />
                <PageLink href="/profile" text="Profile" />
            </nav>
            <div class="who">
                <Shown when=is_signed_in>
                    <span class="who-name" dir="auto" translate="no">{name}</span>
                    <button type="button" class="button button-small" on:click=move |_| log_out.run(())>"Log out"</button>
                </Shown>
                <Shown when=is_signed_out>
                    <a href="/login">"Log in"</a>
                    <a href="/signup" class="button button-small">"Sign up"</a>
                </Shown>
                <ThemeSwitch />
            </div>
        </header>
    }
}

/// A link that says when it leads to where one is.
#[component]
fn PageLink(
    href: &'static str,
    text: &'static str,
    /// `external` where the browser itself loads the page, with its part of the program.
    #[prop(optional)]
    rel: &'static str,
) -> impl IntoView {
    let here = use_location().pathname;
    let current =
        Signal::derive(
            move || {
                if here.get() == href { "page".to_owned() } else { "false".to_owned() }
            },
        );
    view! { <a href=href rel=rel aria-current=current>{text}</a> }
}

/// The foot of every page.
#[component]
pub fn Footer(
    /// Whether there is a page with the mail that is not sent.
    has_outbox: bool,
) -> impl IntoView {
    view! {
        <footer class="bottom">
            <Shown when=Signal::stored(has_outbox)>
                <p>"A demo sends no mail. " <a href="/outbox">"See what it would have sent"</a></p>
            </Shown>
            <p>"The access token lives in this page's memory. The refresh token lives in a cookie that no script can read."</p>
        </footer>
    }
}
