//! The refresh token as an ink stamp. The page may know that it is there, and nothing of what it is.

use super::live_text::LiveText;
use crate::auth::client::use_session;
use leptos::prelude::*;

/// The stamp: pressed at login, inked again when the ticket is replaced.
#[component]
pub fn Stamp() -> impl IntoView {
    let session = use_session();
    // Each change of it presses the stamp again: the style sheet has a press of either name.
    let is_even =
        Signal::derive(move || session.token().is_some_and(|token| token.generation % 2 == 0));
    let is_blank = Signal::derive(move || session.token().is_none());
    let caption = Signal::derive(move || {
        match session.token() {
            Some(_) => "Refresh token: in a cookie that this page's own code can't read.",
            None => "Refresh token: none yet.",
        }
        .to_owned()
    });
    view! {
        <figure class="stamp" class:is-blank=is_blank class:is-even=is_even aria-label="Your stamp, the refresh token">
            <svg viewBox="0 0 120 120" class="stamp-ink" aria-hidden="true">
                <circle cx="60" cy="60" r="54" />
                <circle cx="60" cy="60" r="40" />
                <text class="stamp-word" x="60" y="58">"HAND"</text>
                <text class="stamp-word" x="60" y="76">"STAMP"</text>
            </svg>
            <figcaption><LiveText text=caption /></figcaption>
        </figure>
    }
}
