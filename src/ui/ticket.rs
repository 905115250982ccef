//! The access token as a ticket whose countdown burns down.

use crate::auth::client::{now, session::TokenTimes, use_session};
use leptos::prelude::*;
use std::time::Duration;

const TICK: Duration = Duration::from_millis(250);

/// The ticket of whoever is logged in, or a blank one.
#[component]
pub fn Ticket() -> impl IntoView {
    let session = use_session();
    let times = Memo::new(move |_| session.with(|session| session.token));
    let clock = use_clock();
    let holder = move || {
        session.with(|session| {
            session.user.as_ref().map_or("Nobody yet".to_owned(), |user| user.username.clone())
        })
    };
    let number = move || times.get().map_or("–".to_owned(), |times| times.generation.to_string());
    let left = move || times.get().map(|times| left(times, clock.get()));
    view! {
        <figure class="ticket" class:is-blank=move || times.with(Option::is_none) aria-label="Your ticket, the access token">
            <div class="ticket-stub" aria-hidden="true">"ADMIT ONE"</div>
            <div class="ticket-face">
                <p class="ticket-title">"Access token"</p>
                <p class="ticket-holder" dir="auto">{holder}</p>
                <p class="ticket-row"><span>"Ticket no. "</span><strong data-testid="generation">{number}</strong></p>
                <progress class="ticket-fuse" max="1000" value=move || fuse(times.get(), clock.get()) aria-label="Life left"></progress>
                <p class="ticket-row">
                    {move || match left() {
                        Some(0) => "Over. The next call gets a new one.".to_owned(),
                        Some(seconds) => format!("{}:{:02} left", seconds / 60, seconds % 60),
                        None => "Log in to get one.".to_owned(),
                    }}
                </p>
            </div>
        </figure>
    }
}

/// The monotonic clock as a signal; it stands still while the server renders.
fn use_clock() -> ReadSignal<f64> {
    let (clock, set_clock) = signal(0.0);
    Effect::new(move || {
        set_clock.set(now());
        if let Ok(ticking) = set_interval_with_handle(move || set_clock.set(now()), TICK) {
            on_cleanup(move || ticking.clear());
        }
    });
    clock
}

/// Whole seconds until the token expires, rounded up.
fn left(times: TokenTimes, now: f64) -> u32 {
    ((times.expires_at - now) / 1000.0).ceil().max(0.0) as u32
}

/// The share of its life that the token has left, in thousandths.
fn fuse(times: Option<TokenTimes>, now: f64) -> String {
    let share =
        times.map_or(0.0, |times| (times.expires_at - now) / (times.expires_at - times.held_since));
    format!("{:.0}", share.clamp(0.0, 1.0) * 1000.0)
}
