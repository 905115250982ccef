//! The picture of the refresh token: an ink stamp. The page only knows that the token exists.

use super::live_text::LiveText;
use handstamp_leptos::client::use_session;
use leptos::prelude::*;

/// The stamp. It is pressed at a login and at each rotation.
#[component]
pub fn Stamp() -> impl IntoView {
    let session = use_session();
    // Each change restarts the animation: the style sheet has one under either name.
    let is_even =
        Signal::derive(move || session.token().is_some_and(|token| token.generation % 2 == 0));
    let is_blank = Signal::derive(move || session.token().is_none());
    let caption = Signal::derive(move || {
        match session.token() {
            Some(_) => "Your refresh token is in a cookie that this page can't read.",
            None => "No refresh token yet.",
        }
        .to_owned()
    });
    view! {
        <figure class="stamp" class:is-blank=is_blank class:is-even=is_even aria-label="Your stamp, the refresh token">
            <svg viewBox="0 0 120 120" class="stamp-ink" aria-hidden="true">
                <circle cx="60" cy="60" r="54" />
                <circle cx="60" cy="60" r="40" />
                <text x="60" y="58">"HAND"</text>
                <text x="60" y="76">"STAMP"</text>
            </svg>
            <figcaption><LiveText text=caption /></figcaption>
        </figure>
    }
}
