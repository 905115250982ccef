//! Every interleaving, within bounds: two messages of one browser, a thief, and the real engine.
//!
//! In the model: a jar that all tabs share; at most two messages of theirs under way (a reloaded tab
//! leaves its message behind and another one starts, so tabs need no names); each leg delayed by less
//! than the window, overtaken, or lost; attempt ids as the client makes them and the answers clear them;
//! pauses of any length; a thief who copies the jar once, while no attempt is pending, and from then on
//! at any moment shows any token that they have ever held, with an attempt id of their own or without;
//! a database that goes back to any backup, any number of times, while nothing is under way. A request
//! is handled in the steps of `Sessions`, and those of others come in between.
//!
//! Generations count from the newest, and those that are four or more behind are all one (row 8 answers
//! them all), so there is no bound on how often the session rotates.
//!
//! Not in the model: time in smaller steps than a quarter of the window; handling that takes longer
//! than that; a third message under way beside a thief; the idle and the absolute end (the end is
//! watched: it never moves); a thief and a restored database together, but for two tokens that meet
//! there; clients without attempt ids.

use crate::{
    model::AttackModel,
    state::{Claim, State},
    steps::{Answer, Brought, Request, Row, Step, WINDOW, go_on},
    story::Side,
};
use handstamp::error::ErrorCode;
use stateright::{Checker, HasDiscoveries, Model, Property};

#[test]
fn two_messages_and_an_attacker_in_every_order() {
    let model = AttackModel { messages: 2, patience: WINDOW - 1, thief: true, restores: false };
    let states = exhaust(model);
    assert!(states > 900_000, "only {states} states: something no longer happens");
}

#[test]
fn three_messages_and_a_restored_database_in_every_order() {
    let model = AttackModel { messages: 3, patience: WINDOW - 1, thief: false, restores: true };
    let states = exhaust(model);
    assert!(states > 500_000, "only {states} states: something no longer happens");
}

/// A thief and a victim meet a database that is behind both: row 9 against itself.
#[test]
fn two_tokens_ahead_of_the_database_never_lower_its_generation() {
    let row =
        Row { generation: 1, attempt: None, previous: None, age: None, held: 0, revoked: false };
    let asks = [2, 3].map(|token| (Request { token, attempt: Some(token) }, Vec::new()));
    in_every_order(row, &asks);
}

fn in_every_order(row: Row, asks: &[(Request, Vec<Brought>)]) {
    for (number, (request, past)) in asks.iter().enumerate() {
        let (mut asks, mut past) = (asks.to_vec(), past.clone());
        let (after, answer) = go_on(row, *request, &mut past);
        assert!(after.generation >= row.generation, "{request:?} took {row:?} to {after:?}");
        match answer {
            None => asks[number].1 = past,
            Some(_) => drop(asks.remove(number)),
        }
        in_every_order(after, &asks);
    }
}

/// The bound on the age of messages is sharp; `limits.rs` tells such a story.
#[test]
fn a_message_as_old_as_the_window_is_too_old() {
    let patience = WINDOW;
    let model = AttackModel { messages: 2, patience, thief: false, restores: false };
    let checker = model.checker().spawn_bfs().join();
    assert!(checker.discovery(SIGNED_OUT).is_some(), "it isn't any more: raise the bound");
}

/// Visits every state, holds them to the properties, and answers how many there are.
fn exhaust(model: AttackModel) -> usize {
    // Nothing but a broken claim ends the search early, and then the assertion fails.
    let until = HasDiscoveries::AnyFailures;
    let checker = model.checker().threads(2).finish_when(until).spawn_bfs().join();
    checker.assert_properties();
    assert!(checker.is_done(), "the space is exhausted");
    let states = checker.unique_state_count();
    eprintln!("{states} states");
    states
}

fn told_to(state: &State, side: Side) -> bool {
    state.last.is_some_and(|told| told.side == side)
}

fn granted(state: &State, by: Step) -> bool {
    let is_by = |answer| matches!(answer, Answer::Granted { by: step, .. } if step == by);
    state.last.is_some_and(|told| is_by(told.answer))
}

fn refused(state: &State, code: ErrorCode) -> bool {
    state.last.is_some_and(|told| told.answer == Answer::Refused(code))
}

const SIGNED_OUT: &str = "an honest client alone is never signed out";

/// What has to hold in every state, and what has to happen in some.
pub(crate) fn properties(model: &AttackModel) -> Vec<Property<AttackModel>> {
    let mut properties = vec![
        Property::always(
            "an honest client alone is never signed out",
            |_: &AttackModel, state: &State| state.broken != Some(Claim::HonestIsNeverSignedOut),
        ),
        Property::always(
            "a thief outside the window is caught",
            |_: &AttackModel, state: &State| state.broken != Some(Claim::ThiefIsCaught),
        ),
        Property::always(
            "there is one live token, and whoever is answered holds it",
            |_: &AttackModel, state: &State| state.broken != Some(Claim::OneLiveToken),
        ),
        Property::always("the generation never falls", |_: &AttackModel, state: &State| {
            state.broken != Some(Claim::NoWayBack)
        }),
        Property::sometimes("row 4: a rotation", |_: &AttackModel, state: &State| {
            granted(state, Step::Rotate)
        }),
        Property::sometimes("row 5: no write", |_: &AttackModel, state: &State| {
            granted(state, Step::Find)
        }),
        Property::sometimes("row 6: a repeat", |_: &AttackModel, state: &State| {
            granted(state, Step::Repeat)
        }),
    ];
    if model.thief {
        properties.extend([
            Property::sometimes("row 7: a straggler", |_: &AttackModel, state: &State| {
                refused(state, ErrorCode::RefreshSuperseded)
            }),
            Property::sometimes(
                "row 8: the thief comes second",
                |_: &AttackModel, state: &State| {
                    refused(state, ErrorCode::RefreshTokenReused) && told_to(state, Side::Thief)
                },
            ),
            Property::sometimes(
                "row 8: the victim comes second",
                |_: &AttackModel, state: &State| {
                    refused(state, ErrorCode::RefreshTokenReused) && told_to(state, Side::Honest)
                },
            ),
            Property::sometimes("row 10: someone was faster", |_: &AttackModel, state: &State| {
                state.last.is_some_and(|told| told.again)
            }),
            Property::sometimes("row 6: a thief in lock-step", |_: &AttackModel, state: &State| {
                granted(state, Step::Repeat) && told_to(state, Side::Thief)
            }),
        ]);
    }
    if model.restores {
        properties.push(Property::sometimes(
            "row 9: a database gone back",
            |_: &AttackModel, state: &State| granted(state, Step::Adopt),
        ));
    }
    properties
}
