//! The controls of the stage: back, play, next, the position and the speed. During the tour they move through it.

use super::player::{Player, SPEEDS};
use crate::{lab::tour::Tour, ui::live_text::LiveText};
use leptos::{
    ev::{KeyboardEvent, keydown},
    prelude::*,
};
use wasm_bindgen::JsCast;
use web_sys::Element;

/// The id of the button that goes on.
pub const NEXT: &str = "stage-next";

/// Elements that use the arrow keys or the space bar themselves.
const OWN_KEYS: &str = "input, select, textarea, summary, dialog, [contenteditable]";

/// Elements that use the space bar themselves.
const OWN_SPACE: &str = "button, a";

/// Moves through the history or, while it runs, through the tour.
#[derive(Clone, Copy)]
struct Moves {
    player: Player,
    tour: Tour,
}

impl Moves {
    fn is_in_tour(self) -> bool {
        self.tour.is_running()
    }

    fn back(self) {
        if untrack(|| self.is_in_tour()) { self.tour.back() } else { self.player.back() }
    }

    fn next(self) {
        if untrack(|| self.is_in_tour()) { self.tour.next() } else { self.player.next() }
    }

    fn toggle(self) {
        let (player, tour) = (self.player, self.tour);
        if untrack(|| self.is_in_tour()) {
            tour.toggle_play();
        } else if untrack(|| player.is_at_end() && !player.recorder.is_replay()) {
            // Everything has been shown: plays it again.
            player.seek(1);
            player.play();
        } else {
            player.toggle();
        }
    }

    fn seek(self, shown: &str) {
        if let Ok(shown) = shown.parse() {
            self.tour.stop_playing();
            self.player.seek(shown);
        }
    }

    fn is_playing(self) -> bool {
        if self.is_in_tour() {
            self.tour.plays()
        } else {
            self.player.is_playing() && !self.player.is_at_end()
        }
    }

    fn is_first(self) -> bool {
        if self.is_in_tour() { self.tour.is_at_first() } else { self.player.position().0 <= 1 }
    }

    fn is_last(self) -> bool {
        if self.is_in_tour() { self.tour.is_busy() } else { self.player.is_at_end() }
    }

    fn on_key(self, key: &KeyboardEvent) {
        if key.alt_key() || key.ctrl_key() || key.meta_key() || key.default_prevented() {
            return;
        }
        let target = key.target().and_then(|target| target.dyn_into::<Element>().ok());
        let is_in = |list: &str| {
            target.as_ref().is_some_and(|target| target.closest(list).ok().flatten().is_some())
        };
        match key.key().as_str() {
            _ if is_in(OWN_KEYS) => return,
            "ArrowLeft" => self.back(),
            "ArrowRight" => self.next(),
            " " if !is_in(OWN_SPACE) => self.toggle(),
            _ => return,
        }
        key.prevent_default();
    }
}

#[component]
pub fn Controls(player: Player, tour: Tour) -> impl IntoView {
    let moves = Moves { player, tour };
    let play = Signal::derive(move || if moves.is_playing() { "Pause" } else { "Play" }.to_owned());
    let is_first = Signal::derive(move || moves.is_first().to_string());
    let is_last = Signal::derive(move || moves.is_last().to_string());
    let is_busy = Signal::derive(move || tour.is_busy().to_string());
    let next = Signal::derive(move || {
        if tour.is_running() && tour.is_complete() { "Close" } else { "Next" }.to_owned()
    });
    let all = Signal::derive(move || player.position().1.max(1).to_string());
    let shown = Signal::derive(move || player.position().0.to_string());
    let position = Signal::derive(move || {
        let (shown, all) = player.position();
        format!("Event {shown} of {all}")
    });
    Effect::new(move || {
        let keys = window_event_listener(keydown, move |key: KeyboardEvent| moves.on_key(&key));
        on_cleanup(move || keys.remove());
    });
    let choose_speed = move |event| {
        if let Ok(speed) = event_target_value(&event).parse() {
            player.speed.set(speed);
        }
    };
    let speed = |speed: u32| {
        let label = if speed < 100 { "0.5×".to_owned() } else { format!("{}×", speed / 100) };
        view! { <option value=speed.to_string() selected=speed == 100>{label}</option> }.into_any()
    };
    let speeds: Vec<AnyView> = SPEEDS.into_iter().map(speed).collect();
    view! {
        <div class="stage-controls" role="group" aria-label="Controls of the stage">
            <button type="button" class="button button-quiet button-small" aria-disabled=is_first on:click=move |_| moves.back()>"Back"</button>
            <button type="button" class="button button-quiet button-small stage-play" on:click=move |_| moves.toggle()><LiveText text=play /></button>
            <button type="button" class="button button-small stage-next" id=NEXT aria-disabled=is_last aria-busy=is_busy on:click=move |_| moves.next()><LiveText text=next /></button>
            <input type="range" class="scrubber" min="0" max=all prop:value=shown aria-label="Position" aria-valuetext=position autocomplete="off" on:input=move |event| moves.seek(&event_target_value(&event)) />
            <span class="stage-position" aria-hidden="true"><LiveText text=position /></span>
            <label class="speed"><span class="visually-hidden">"Speed"</span>
                <select autocomplete="off" on:change=choose_speed>{speeds}</select>
            </label>
        </div>
    }
}
