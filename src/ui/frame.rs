//! What stands around every page.

use super::theme::ThemeSwitch;
use crate::auth::client::{session::SessionState, use_session};
use leptos::prelude::*;
use leptos_router::components::A;

/// The navigation.
#[component]
pub fn Header(
    /// Logs out.
    log_out: Callback<()>,
) -> impl IntoView {
    let session = use_session();
    let state = Memo::new(move |_| session.with(|session| session.state));
    let name = Memo::new(move |_| {
        session.with(|session| session.user.as_ref().map(|user| user.username.clone()))
    });
    view! {
        <header class="top">
            <A href="/" attr:class="brand" exact=true>
                <svg viewBox="0 0 32 32" aria-hidden="true"><circle cx="16" cy="16" r="13" /><path d="M9 16 l5 5 l9 -10" /></svg>
                "Handstamp"
            </A>
            <nav aria-label="Pages">
                <A href="/posts">"Posts"</A>
                <A href="/profile">"Profile"</A>
            </nav>
            <div class="who">
                <Show when=move || name.with(Option::is_some)>
                    <span class="who-name" dir="auto">{name}</span>
                    <button class="button button-small" on:click=move |_| log_out.run(())>"Log out"</button>
                </Show>
                <Show when=move || matches!(state.get(), SessionState::SignedOut(_))>
                    <A href="/login">"Log in"</A>
                    <A href="/signup" attr:class="button button-small">"Sign up"</A>
                </Show>
                <ThemeSwitch />
            </div>
        </header>
    }
}

/// The foot of every page.
#[component]
pub fn Footer() -> impl IntoView {
    view! {
        <footer class="bottom">
            <p>"The access token lives in this page's memory. The refresh token lives in a cookie that no script can read."</p>
        </footer>
    }
}
