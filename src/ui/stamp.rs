//! The refresh token as an ink stamp. The page may know that it is there, and nothing of what it is.

use crate::auth::client::use_session;
use leptos::prelude::*;

/// The stamp: pressed at login, inked again when the ticket is replaced.
#[component]
pub fn Stamp() -> impl IntoView {
    let session = use_session();
    let presses =
        Memo::new(move |_| session.with(|session| session.token.map(|token| token.generation)));
    view! {
        <figure class="stamp" aria-label="Your stamp, the refresh token">
            <For each=move || [presses.get()] key=|press| *press let:press>
                <svg viewBox="0 0 120 120" class="stamp-ink" class:is-blank=press.is_none() aria-hidden="true">
                    <circle cx="60" cy="60" r="54" />
                    <circle cx="60" cy="60" r="40" />
                    <text class="stamp-word" x="60" y="58">"HAND"</text>
                    <text class="stamp-word" x="60" y="76">"STAMP"</text>
                </svg>
            </For>
            <figcaption>
                {move || match presses.get() {
                    Some(_) => "Refresh token: in a cookie that this page's own code can't read.",
                    None => "Refresh token: none yet.",
                }}
            </figcaption>
        </figure>
    }
}
