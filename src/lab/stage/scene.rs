//! The participants, what each of them holds, and the message on its way.

use super::player::Player;
use crate::{
    lab::{
        learn::words::{say, use_words},
        row::{Cargo, Holdings, Lane, SessionStatus},
    },
    ui::{
        live_text::LiveText,
        show::{Keyed, ShowWhen},
        ticket::use_clock,
    },
};
use handstamp_leptos::client::{state::SessionState, use_session};
use leptos::prelude::*;
use std::sync::Arc;

/// Draws the row at which the player is.
#[component]
pub fn Scene(player: Player) -> impl IntoView {
    let session = use_session();
    let words = use_words();
    let holdings = Memo::new(move |_| player.holdings());
    let second = Memo::new(move |_| second_client(player, &holdings.get()));
    let has_second = Signal::derive(move || second.get().is_some());
    let second_name = move || match second.get() {
        Some(Lane::Device) => "device",
        Some(_) => "thief",
        None => "",
    };
    let is_cut = move || {
        let is_offline = matches!(session.state(), SessionState::Offline(_));
        (is_offline && player.is_at_end()).to_string()
    };
    let second_title = Signal::derive(move || {
        let is_device = second.get() == Some(Lane::Device);
        say(words.get(), if is_device { "Other device" } else { "Thief's browser" })
    });
    let title = |title: &str| Signal::stored(title.to_owned());
    let key = Signal::derive(move || player.row().map(|row| row.id.to_string()));
    view! {
        <div class="scene" data-second=second_name data-cut=is_cut data-testid="scene">
            <Actor player lane=Lane::Browser title=title("Your browser")>
                <TicketChip player holdings />
                <Chip class="stamp" id="stage-stamp" holdings read=stamp_text is_held=|held| held.stamp.is_some() />
            </Actor>
            <p class="wire" aria-hidden="true">"network"</p>
            <Actor player lane=Lane::Server title=title("Server")>
                <p class="chip chip-key">"signing key"</p>
            </Actor>
            <Actor player lane=Lane::Database title=title("Database")>
                <Chip class="row" id="stage-session" holdings read=session_text is_held=|held| held.session == SessionStatus::Active />
                <Chip class="row" id="stage-newest" holdings read=newest_text is_held=|held| held.newest.is_some() />
            </Actor>
            <ShowWhen when=has_second>
                <Actor player lane=Lane::Thief title=second_title>
                    <Chip class="stamp" id="stage-copy" holdings read=copy_text is_held=|held| held.thief.is_some() />
                </Actor>
            </ShowWhen>
            <Keyed key>
                <Packet player />
            </Keyed>
        </div>
    }
}

/// What a participant holds.
#[component]
fn Chip(
    class: &'static str,
    /// The test id.
    id: &'static str,
    holdings: Memo<Arc<Holdings>>,
    read: fn(&Holdings) -> String,
    is_held: fn(&Holdings) -> bool,
) -> impl IntoView {
    let words = use_words();
    let text = Signal::derive(move || holdings.with(|held| say(words.get(), &read(held))));
    let is_blank = Signal::derive(move || !holdings.with(|held| is_held(held)));
    let class = format!("chip chip-{class}");
    view! { <p class=class class:is-blank=is_blank data-testid=id><LiveText text /></p> }
}

/// The access token of this page, with its remaining life if the present is shown.
#[component]
fn TicketChip(player: Player, holdings: Memo<Arc<Holdings>>) -> impl IntoView {
    let session = use_session();
    let clock = use_clock();
    let words = use_words();
    let life = move || {
        let is_present = player.is_at_end() && !player.recorder.is_replay();
        let times = session.token().filter(|_| is_present)?;
        let seconds = ((times.expires_at - clock.get()) / 1000.0).ceil().max(0.0) as u32;
        Some(format!("{}:{:02}", seconds / 60, seconds % 60))
    };
    let is_held = Signal::derive(move || holdings.with(|held| held.ticket.is_some()));
    let is_refused = Signal::derive(move || holdings.with(|held| held.ticket_refused.is_some()));
    let text = Signal::derive(move || {
        let text = holdings.with(|held| ticket_text(held));
        let is_usable = is_held.get() && !is_refused.get();
        let text = match life().filter(|_| is_usable) {
            Some(life) => format!("{text} · {life}"),
            None => text,
        };
        say(words.get(), &text)
    });
    let is_blank = Signal::derive(move || !is_held.get());
    view! {
        <p class="chip chip-ticket" class:is-blank=is_blank class:is-refused=is_refused data-testid="stage-ticket"><LiveText text /></p>
    }
}

/// Returns the second client, if there is one on the stage.
fn second_client(player: Player, holdings: &Holdings) -> Option<Lane> {
    if holdings.thief.is_some() {
        return Some(Lane::Thief);
    }
    // It stays on the stage until the session of the page is another one.
    let at = player.at();
    player.recorder.with_rows(|rows| {
        let mut second = None;
        for row in rows.take_while(|row| row.id <= at) {
            if row.from.is_second_client() {
                second = Some(row.from);
            } else if row.to.is_second_client() {
                second = Some(row.to);
            } else if row.cargo == Cargo::Both
                && !row.is_lost
                && row.to == Lane::Browser
                && row.holdings.newest.as_deref() == Some("0")
            {
                second = None;
            }
        }
        second
    })
}

fn ticket_text(held: &Holdings) -> String {
    match (&held.ticket, held.ticket_refused) {
        (Some(name), Some(why)) => format!("Ticket {name}: {why}"),
        (Some(name), None) => format!("Ticket {name}"),
        (None, _) => "No ticket".to_owned(),
    }
}

fn stamp_text(held: &Holdings) -> String {
    match &held.stamp {
        Some(generation) => format!("Stamp #{generation}"),
        None if held.ticket.is_some() => "Stamp #?".to_owned(),
        None => "No stamp".to_owned(),
    }
}

fn copy_text(held: &Holdings) -> String {
    match &held.thief {
        Some(generation) => format!("Stolen stamp #{generation}"),
        None => "No stamp".to_owned(),
    }
}

fn session_text(held: &Holdings) -> String {
    match held.session {
        SessionStatus::Ended => "Session: ended",
        SessionStatus::Active => "Session: active",
        SessionStatus::None if held.ticket.is_some() => "Session: active",
        SessionStatus::None => "No session",
    }
    .to_owned()
}

fn newest_text(held: &Holdings) -> String {
    match &held.newest {
        Some(generation) => format!("Newest: stamp #{generation}"),
        None if held.ticket.is_some() && held.session != SessionStatus::Ended => {
            "Newest: stamp #?".to_owned()
        }
        None => "No stamp".to_owned(),
    }
}

/// A participant. It is highlighted while the current message starts or ends there.
#[component]
fn Actor(
    player: Player,
    lane: Lane,
    #[prop(into)] title: Signal<String>,
    children: Children,
) -> impl IntoView {
    let is_active = Signal::derive(move || {
        player.row().is_some_and(|row| {
            row.from.column_name() == lane.column_name()
                || row.to.column_name() == lane.column_name()
        })
    });
    let class = format!("actor actor-{}", lane.column_name());
    view! {
        <section class=class class:is-active=is_active>
            <h3><LiveText text=title /></h3>
            {children()}
        </section>
    }
}

/// The message of the current row. It is created again for each row, which starts its animation.
#[component]
fn Packet(player: Player) -> impl IntoView {
    let row = untrack(|| player.row());
    row.filter(|row| row.from != row.to).map(|row| {
        let lost = if row.is_lost { " is-lost" } else { "" };
        let class = format!(
            "packet from-{} to-{} speed-{} tone-{}{lost}",
            row.from.column_name(),
            row.to.column_name(),
            player.speed.get_untracked(),
            row.tone.name()
        );
        let words = use_words().get_untracked();
        view! { <p class=class aria-hidden="true">{say(words, cargo_text(row.cargo))}</p> }
    })
}

fn cargo_text(cargo: Cargo) -> &'static str {
    match cargo {
        Cargo::Nothing => "•",
        cargo => cargo.name(),
    }
}
