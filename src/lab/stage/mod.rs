//! The stage: the participants, the current message, and the controls that move through the history. It is always in
//! view, and shows what the trace contains.

pub mod controls;
pub mod player;
pub mod scene;

use crate::{
    lab::{
        learn::words::{say, use_words},
        row::Row,
        tour::Tour,
    },
    ui::{live_text::LiveText, show::ShowWhen},
};
pub use controls::NEXT;

use controls::Controls;
use leptos::prelude::*;
use player::Player;
use scene::Scene;

/// The scene, the message in words, and the controls.
#[component]
pub fn Stage(player: Player, tour: Tour) -> impl IntoView {
    let recorder = player.recorder;
    let words = use_words();
    let caption = Signal::derive(move || {
        let caption = player.row().map_or_else(
            || "Log in, or start the tour, and watch the requests of this page.".to_owned(),
            |row| sentence(&row),
        );
        say(words.get(), &caption)
    });
    // While it plays, the rows change too quickly to be read out.
    let live =
        Signal::derive(move || if player.is_playing() { "off" } else { "polite" }.to_owned());
    let is_replay = Signal::derive(move || recorder.is_replay());
    view! {
        <section class="stage" aria-labelledby="stage-title">
            <h2 id="stage-title" class="visually-hidden">"The stage"</h2>
            <ShowWhen when=is_replay>
                <p class="notice replay-notice">
                    "This is a recording, not your session. "
                    <button type="button" class="link" on:click=move |_| recorder.close_replay()>"Back to your session"</button>
                </p>
            </ShowWhen>
            // Above what changes its height, so that the buttons keep their place.
            <Controls player tour />
            <Scene player />
            <p class="caption" aria-live=live data-testid="caption"><LiveText text=caption /></p>
        </section>
    }
}

/// Returns a row as text: who, to whom, and what.
pub fn sentence(row: &Row) -> String {
    let (from, to) = (row.from.name(), row.to.name());
    if row.from == row.to {
        format!("{from}: {}", row.text)
    } else {
        format!("{from} → {to}: {}", row.text)
    }
}
