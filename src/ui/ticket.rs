//! The picture of the access token: a ticket with a countdown.

use super::live_text::LiveText;
use handstamp_leptos::client::{now, state::TokenTimes, use_session};
use leptos::prelude::*;
use std::time::Duration;

const TICK: Duration = Duration::from_millis(250);

/// The ticket of the user who is logged in, or a blank one.
#[component]
pub fn Ticket() -> impl IntoView {
    let session = use_session();
    let clock = use_clock();
    let holder = Signal::derive(move || {
        session.user().map_or("No ticket yet".to_owned(), |user| user.username)
    });
    let number = Signal::derive(move || {
        session.token().map_or("–".to_owned(), |times| times.generation.to_string())
    });
    let fuse = Signal::derive(move || {
        session.token().map_or(0, |times| thousandths_left(times, clock.get())).to_string()
    });
    let left = Signal::derive(move || match session.token() {
        None => "Log in to get one".to_owned(),
        Some(times) => match seconds_left(times, clock.get()) {
            0 => "Expired. The next call gets a new one.".to_owned(),
            seconds => format!("{}:{:02} left", seconds / 60, seconds % 60),
        },
    });
    let is_blank = Signal::derive(move || session.token().is_none());
    let is_expired = Signal::derive(move || {
        session.token().is_some_and(|times| clock.get() > 0.0 && !times.is_valid(clock.get()))
    });
    view! {
        <figure class="ticket" class:is-blank=is_blank class:is-expired=is_expired aria-label="Your ticket, the access token">
            <div class="ticket-paper">
                <div class="ticket-stub" aria-hidden="true">"ADMIT ONE"</div>
                <div class="ticket-face">
                    <p class="ticket-title">"Access token"</p>
                    <p class="ticket-holder" dir="auto" translate="no">{holder}</p>
                    <p class="ticket-row"><span>"No. "</span><strong data-testid="generation" translate="no"><LiveText text=number /></strong><span>" in this tab"</span></p>
                    <progress class="ticket-fuse" max="1000" value=fuse aria-label="Time left"></progress>
                    <p class="ticket-row" translate="no"><LiveText text=left /></p>
                </div>
            </div>
        </figure>
    }
}

/// Returns the monotonic clock as a signal. It stays 0 on the server.
pub fn use_clock() -> ReadSignal<f64> {
    let (clock, set_clock) = signal(0.0);
    Effect::new(move || {
        set_clock.set(now());
        if let Ok(ticking) = set_interval_with_handle(move || set_clock.set(now()), TICK) {
            on_cleanup(move || ticking.clear());
        }
    });
    clock
}

/// Returns the seconds until the token expires, rounded up.
fn seconds_left(times: TokenTimes, now: f64) -> u32 {
    ((times.expires_at - now) / 1000.0).ceil().max(0.0) as u32
}

/// Returns the remaining share of the token's lifetime, in thousandths.
fn thousandths_left(times: TokenTimes, now: f64) -> u32 {
    let share = (times.expires_at - now) / (times.expires_at - times.held_since);
    (share.clamp(0.0, 1.0) * 1000.0) as u32
}
