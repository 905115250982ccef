//! A button that sends an e-mail again.

use super::{live_text::LiveText, submission::Submission};
use leptos::prelude::*;

/// The button. While the server limits the e-mails, it counts down the time until the next one.
#[component]
pub fn ResendButton(form: Submission, send: Callback<()>) -> impl IntoView {
    let seconds_left =
        Signal::derive(move || form.error.get().and_then(|error| error.retry_after).unwrap_or(0));
    let is_disabled = Signal::derive(move || form.busy.get() || seconds_left.get() > 0);
    let is_busy = Signal::derive(move || form.busy.get().to_string());
    let text = Signal::derive(move || match (form.busy.get(), seconds_left.get()) {
        (true, _) => "Sending…".to_owned(),
        (false, 0) => "Resend email".to_owned(),
        (false, left) => format!("Resend in {left} s"),
    });
    let press = move |_| {
        if !is_disabled.get_untracked() {
            send.run(());
        }
    };
    let aria_disabled = Signal::derive(move || is_disabled.get().to_string());
    view! {
        <button type="button" class="button button-quiet resend" aria-disabled=aria_disabled aria-busy=is_busy on:click=press>
            <LiveText text />
        </button>
    }
}
