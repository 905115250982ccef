//! Exhaustive model check: every interleaving, within bounds, of one browser, an attacker and the real engine.
//!
//! In the model: a cookie jar that all tabs share; at most two messages in transit (a reloaded tab abandons its message
//! and another tab starts one, so tabs need no identity); each direction delayed by less than the window, reordered or
//! lost; attempt ids as the client creates them and the responses clear them; pauses of any length; an attacker who
//! copies the jar once, while no attempt is pending, and can from then on present any token they have ever had, with
//! an attempt id of their own or without; a database that is restored to any backup, any number of times, while no
//! message is in transit. A request is processed in the steps of `SessionStore`, and steps of other requests interleave.
//!
//! Generations are counted from the newest. Those that are four or more behind are equivalent (row 8), so the number of
//! rotations is unbounded.
//!
//! Not in the model: time in steps smaller than a quarter of the window; processing that takes longer than that; a
//! third message beside an attacker; idle and absolute expiry (a test asserts that the expiry never moves); an attacker
//! and a restored database together, except for two tokens that are ahead of it; clients without attempt ids.

use crate::{
    model::AttackModel,
    state::{Claim, State},
    steps::{Answer, Request, Row, Step, StepResult, WINDOW, advance},
    story::Side,
};
use handstamp_protocol::error::ErrorCode;
use stateright::{Checker, HasDiscoveries, Model, Property};

#[test]
fn two_messages_and_an_attacker_in_every_order() {
    let model = AttackModel { messages: 2, max_age: WINDOW - 1, attacker: true, restores: false };
    let states = exhaust(model);
    assert!(states > 900_000, "only {states} states: the model has lost behaviour");
}

#[test]
fn three_messages_and_a_restored_database_in_every_order() {
    let model = AttackModel { messages: 3, max_age: WINDOW - 1, attacker: false, restores: true };
    let states = exhaust(model);
    assert!(states > 500_000, "only {states} states: the model has lost behaviour");
}

/// Attacker and victim present tokens that are both ahead of the database: row 9 concurrently with itself.
#[test]
fn two_tokens_ahead_of_the_database_never_lower_its_generation() {
    let row =
        Row { generation: 1, attempt: None, previous: None, age: None, held: 0, revoked: false };
    let requests = [2, 3].map(|token| (Request { token, attempt: Some(token) }, Vec::new()));
    in_every_order(row, &requests);
}

fn in_every_order(row: Row, requests: &[(Request, Vec<StepResult>)]) {
    for (number, (request, results)) in requests.iter().enumerate() {
        let (mut requests, mut results) = (requests.to_vec(), results.clone());
        let (after, answer) = advance(row, *request, &mut results);
        assert!(after.generation >= row.generation, "{request:?} changed {row:?} to {after:?}");
        match answer {
            None => requests[number].1 = results,
            Some(_) => drop(requests.remove(number)),
        }
        in_every_order(after, &requests);
    }
}

/// The bound on the age of messages is exact; `limits.rs` shows a counterexample.
#[test]
fn a_message_as_old_as_the_window_is_too_old() {
    let max_age = WINDOW;
    let model = AttackModel { messages: 2, max_age, attacker: false, restores: false };
    let checker = model.checker().spawn_bfs().join();
    assert!(
        checker.discovery(STAYS_LOGGED_IN).is_some(),
        "the property holds now: raise the bound"
    );
}

/// Visits every state and checks the properties. Returns the number of states.
fn exhaust(model: AttackModel) -> usize {
    // Only a violated property ends the search early, and then the assertion fails.
    let until = HasDiscoveries::AnyFailures;
    let checker = model.checker().threads(2).finish_when(until).spawn_bfs().join();
    checker.assert_properties();
    assert!(checker.is_done(), "the space is exhausted");
    let states = checker.unique_state_count();
    eprintln!("{states} states");
    states
}

fn is_answered(state: &State, side: Side) -> bool {
    state.last.is_some_and(|last| last.side == side)
}

fn granted(state: &State, by: Step) -> bool {
    let is_by = |answer| matches!(answer, Answer::Granted { by: step, .. } if step == by);
    state.last.is_some_and(|last| is_by(last.answer))
}

fn refused(state: &State, code: ErrorCode) -> bool {
    state.last.is_some_and(|last| last.answer == Answer::Refused(code))
}

const STAYS_LOGGED_IN: &str = "an honest client alone is never logged out";

/// The properties that must hold in every state, and those that must occur in some state.
pub(crate) fn properties(model: &AttackModel) -> Vec<Property<AttackModel>> {
    let mut properties = vec![
        Property::always(STAYS_LOGGED_IN, |_: &AttackModel, state: &State| {
            state.violated != Some(Claim::HonestStaysLoggedIn)
        }),
        Property::always(
            "reuse outside the window is detected",
            |_: &AttackModel, state: &State| state.violated != Some(Claim::ReuseIsDetected),
        ),
        Property::always(
            "there is one live token, and a granted request returns it",
            |_: &AttackModel, state: &State| state.violated != Some(Claim::OneLiveToken),
        ),
        Property::always("the generation never falls", |_: &AttackModel, state: &State| {
            state.violated != Some(Claim::GenerationNeverFalls)
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
    if model.attacker {
        properties.extend(attacker_properties());
    }
    if model.restores {
        properties.push(Property::sometimes(
            "row 9: a restored database",
            |_: &AttackModel, state: &State| granted(state, Step::Adopt),
        ));
    }
    properties
}

/// The properties that must occur in a model with an attacker.
fn attacker_properties() -> [Property<AttackModel>; 5] {
    [
        Property::sometimes("row 7: a straggler", |_: &AttackModel, state: &State| {
            refused(state, ErrorCode::RefreshSuperseded)
        }),
        Property::sometimes(
            "row 8: the attacker comes second",
            |_: &AttackModel, state: &State| {
                refused(state, ErrorCode::RefreshTokenReused) && is_answered(state, Side::Attacker)
            },
        ),
        Property::sometimes("row 8: the victim comes second", |_: &AttackModel, state: &State| {
            refused(state, ErrorCode::RefreshTokenReused) && is_answered(state, Side::Honest)
        }),
        Property::sometimes("row 10: a lost race", |_: &AttackModel, state: &State| {
            state.last.is_some_and(|last| last.again)
        }),
        Property::sometimes("row 6: an attacker in lock-step", |_: &AttackModel, state: &State| {
            granted(state, Step::Repeat) && is_answered(state, Side::Attacker)
        }),
    ]
}
