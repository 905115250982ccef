//! Property tests: the claims of `docs/rotation.md` hold for random interleavings of several tabs, a bad network, an
//! attacker and the engine.

use crate::{
    story::{Answer, Event, Handled, Side},
    tokens::{read, successor},
    world::{POLICY, TABS, World},
};
use handstamp_protocol::error::{EndReason, ErrorCode};
use proptest::{collection::vec, prelude::*};
use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

const WINDOW: u64 = POLICY.window.as_millis() as u64;
const HOLD: u64 = 2 * WINDOW;
/// The maximum age of a message.
const MAX_AGE: Duration = Duration::from_millis(WINDOW - 1);

/// Pauses, mostly around the times at which the decision of the engine changes.
fn pause() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => 0..WINDOW / 4,
        3 => Just(WINDOW / 2),
        2 => WINDOW / 2..WINDOW,
        2 => prop::sample::select(vec![WINDOW - 1, WINDOW, HOLD - 1, HOLD]),
        1 => HOLD..10 * HOLD,
        1 => Just(15 * 60_000),
    ]
    .prop_map(Event::Pass)
}

fn honest() -> impl Strategy<Value = Event> {
    prop_oneof![
        5 => (0..TABS).prop_map(Event::Refresh),
        8 => (0..TABS * 2).prop_map(Event::Arrive),
        2 => (0..TABS * 2).prop_map(Event::Lose),
        1 => (0..TABS).prop_map(Event::Reload),
        4 => pause(),
        1 => prop_oneof![1..=WINDOW, Just(HOLD), Just(3_600_000)].prop_map(Event::StepBack),
    ]
}

fn theft() -> impl Strategy<Value = Event> {
    let attacker_refresh = (prop_oneof![4 => Just(0), 1 => 1..3usize], prop::option::of(0..3u8));
    prop_oneof![
        1 => Just(Event::Copy),
        2 => attacker_refresh.prop_map(|(back, attempt)| Event::AttackerRefresh { back, attempt }),
    ]
}

fn restore() -> impl Strategy<Value = Event> {
    (0..8usize).prop_map(Event::Restore)
}

fn anything() -> impl Strategy<Value = Event> {
    let fail_over = (0..8usize).prop_map(Event::FailOver);
    prop_oneof![24 => honest(), 4 => theft(), 1 => restore(), 1 => fail_over]
}

fn is_restore(event: &Event) -> bool {
    matches!(event, Event::Restore(_) | Event::FailOver(_))
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(1000))]

    /// A lost response can be repeated at any time, because its attempt id is pending in the jar. A message as old as
    /// the window is too old; `limits.rs` shows why.
    #[test]
    fn an_honest_client_alone_is_never_logged_out(
        story in vec(prop_oneof![25 => honest(), 1 => restore()], 1..120)
    ) {
        let mut world = World::logged_in(Some(MAX_AGE));
        world.play(&story);
        for Handled { answer, token, at, .. } in &world.handled {
            let continues = match answer {
                Answer::Granted { .. } => true,
                Answer::Refused(code) => *code == ErrorCode::RefreshSuperseded,
            };
            prop_assert!(continues, "{:?} at {at:?} got {answer:?}", read(token));
        }
    }

    #[test]
    fn a_token_that_the_other_side_spent_ends_the_session_outside_the_window(
        story in vec(prop_oneof![4 => honest(), 1 => theft()], 1..120)
    ) {
        let mut world = World::logged_in(None);
        world.play(&story);
        let mut spenders: HashMap<i64, Side> = HashMap::new();
        for handled in &world.handled {
            if handled.after.generation > handled.before.generation {
                spenders.insert(handled.before.generation, handled.side);
            }
            if is_theft(handled, &spenders) {
                prop_assert_eq!(&handled.answer, &Answer::Refused(ErrorCode::RefreshTokenReused));
                prop_assert_eq!(handled.after.end_reason(), Some(EndReason::Reuse));
                prop_assert!(handled.after.token_hash.is_none(), "no token is live");
            }
        }
    }

    /// Both orders of a theft, after a random honest story.
    #[test]
    fn the_first_refresh_of_the_second_side_detects_the_theft(
        prologue in vec(honest(), 0..60),
        attacker_first: bool,
        rotations in 1..4u32,
        gap in WINDOW..100 * HOLD,
        attempt in prop::option::of(0..3u8),
    ) {
        let mut world = World::logged_in(Some(MAX_AGE));
        world.play(&prologue);
        world.settle();
        // Longer than the server's clock can have been set back.
        world.play(&[Event::Pass(7 * 24 * 3_600_000), Event::Refresh(0)]);
        world.settle();
        prop_assert!(world.jar.attempt.is_none());
        world.play(&[Event::Copy]);
        let attacker_refresh = Event::AttackerRefresh { back: 0, attempt };
        let refresh = |world: &mut World, attacker: bool| {
            world.apply_event(if attacker { &attacker_refresh } else { &Event::Refresh(1) });
            world.settle();
        };
        for _ in 0..rotations {
            world.play(&[Event::Pass(HOLD)]);
            refresh(&mut world, attacker_first);
            let rotated = matches!(world.last().answer, Answer::Granted { sets: Some(_) });
            prop_assert!(rotated, "{:?}", world.last().answer);
        }
        world.play(&[Event::Pass(gap)]);
        refresh(&mut world, !attacker_first);
        prop_assert_eq!(&world.last().answer, &Answer::Refused(ErrorCode::RefreshTokenReused));
        prop_assert_eq!(world.row().end_reason(), Some(EndReason::Reuse));
        refresh(&mut world, attacker_first);
        prop_assert_eq!(&world.last().answer, &Answer::Refused(ErrorCode::SessionRevoked));
    }

    #[test]
    fn there_is_never_more_than_one_live_token(story in vec(anything(), 1..100)) {
        let mut world = World::logged_in(None);
        let mut successors: HashMap<String, String> = HashMap::new();
        let mut seen = 0;
        for event in &story {
            let before = world.row();
            world.apply_event(event);
            let after = world.row();
            prop_assert!(
                after.generation >= before.generation || is_restore(event),
                "only a restore takes the generation back"
            );
            prop_assert_eq!(after.token_hash.is_none(), after.revoked_at.is_some());
            for handled in &world.handled[seen..] {
                let Answer::Granted { sets } = &handled.answer else { continue };
                let held = sets.as_ref().unwrap_or(&handled.token);
                prop_assert!(read(held).hash().matches(after.token_hash.as_deref()));
                prop_assert_eq!(i64::from(read(held).generation()), after.generation);
                if let Some(sets) = sets {
                    prop_assert_eq!(sets, &successor(&handled.token));
                    let earlier = successors.insert(handled.token.clone(), sets.clone());
                    prop_assert!(earlier.is_none_or(|earlier| earlier == *sets), "a fork");
                }
            }
            seen = world.handled.len();
        }
        let mut texts: BTreeSet<String> = successors.into_iter().flat_map(<[_; 2]>::from).collect();
        texts.insert(world.jar.token.clone());
        let live = world.live(texts.into_iter());
        prop_assert!(live.len() <= 1, "{:?}", live);
    }

    #[test]
    fn the_expiry_of_a_session_never_moves(story in vec(anything(), 1..100)) {
        let mut world = World::logged_in(None);
        let end = world.row().expires_at;
        world.play(&story);
        for handled in &world.handled {
            prop_assert_eq!(handled.after.expires_at, end);
        }
        world.apply_event(&Event::Pass(u64::try_from(end.since(world.server_time()).as_millis()).unwrap()));
        world.play(&[Event::Reload(0), Event::Refresh(0)]);
        world.settle();
        prop_assert_eq!(&world.last().answer, &Answer::Refused(ErrorCode::SessionExpired));
    }
}

/// The repeats delay the next rotation, but they do not extend the window.
#[test]
fn an_attacker_who_repeats_one_rotation_is_detected_by_the_victim() {
    let mut world = World::logged_in(None);
    let repeat = Event::AttackerRefresh { back: 1, attempt: Some(1) };
    world.play(&[Event::Copy, Event::AttackerRefresh { back: 0, attempt: Some(1) }]);
    for _ in 0..90 {
        world.play(&[Event::Pass(WINDOW - 1), repeat.clone()]);
        assert!(matches!(world.last().answer, Answer::Granted { sets: Some(_) }), "row 6");
    }
    world.play(&[Event::Refresh(0)]);
    world.settle();
    assert_eq!(world.last().answer, Answer::Refused(ErrorCode::RefreshTokenReused));
    assert_eq!(world.row().end_reason(), Some(EndReason::Reuse));
}

/// Attacker and victim have the same token, because they once refreshed within one window. The attacker repeats that
/// refresh, which extends the hold and hides the theft, but only a limited number of times.
#[test]
fn repeated_reissues_cannot_hold_back_rotation() {
    let mut world = World::logged_in(None);
    let attacker_refresh = |back| Event::AttackerRefresh { back, attempt: Some(1) };
    world.play(&[Event::Copy, attacker_refresh(0), Event::Pass(5_000), Event::Refresh(0)]);
    world.settle();
    assert_eq!((world.row().generation, read(&world.jar.token).generation()), (1, 1));
    for _ in 0..60 {
        world.play(&[Event::Pass(15_000), attacker_refresh(1)]);
    }
    world.play(&[Event::Refresh(0)]);
    world.settle();
    assert_eq!(
        world.row().generation,
        2,
        "after a quarter of an hour the victim's refresh rotates"
    );
    world.play(&[Event::Pass(WINDOW), attacker_refresh(1)]);
    assert_eq!(world.last().answer, Answer::Refused(ErrorCode::RefreshSuperseded));
    world.play(&[attacker_refresh(0)]);
    assert_eq!(world.last().answer, Answer::Refused(ErrorCode::RefreshTokenReused));
}

/// Whether a refresh presents a token that the other side spent, outside of the window.
fn is_theft(handled: &Handled, spenders: &HashMap<i64, Side>) -> bool {
    let Handled { side, token, at, before, .. } = handled;
    let generation = i64::from(read(token).generation());
    let behind = before.generation - generation;
    let age = before.rotated_at.map_or(Duration::ZERO, |rotated_at| at.since(rotated_at));
    let by_other = spenders.get(&generation).is_some_and(|spender| spender != side);
    before.revoked_at.is_none() && by_other && (behind > 1 || behind == 1 && age >= POLICY.window)
}
