//! What the engine does not promise: each story here ends badly, step by step, so that nobody has to
//! believe it, and whoever changes it notices.

use crate::{
    story::{Answer, Event},
    tokens::read,
    world::{POLICY, World},
};
use handstamp::error::ErrorCode;

use Event::{Arrive, Copy, FailOver, Lose, Pass, Refresh, Steal};

const REUSED: Answer = Answer::Refused(ErrorCode::RefreshTokenReused);

fn told(story: &[Event]) -> World {
    let mut world = World::signed_in(None);
    world.tell(story);
    world
}

/// Just over half the window is too old for a message: row 6 goes on answering until the window ends,
/// and its answer clears whatever attempt is pending by then.
#[test]
fn an_answer_that_clears_a_later_attempt_can_sign_an_honest_client_out() {
    let mut world = told(&[
        Refresh(0),
        Arrive(0), // Row 4: generation 1, at 0 s.
        Pass(4_999),
        Refresh(1),
        Arrive(0), // The jar holds generation 1.
        Pass(5_000),
        Arrive(0), // Row 6, at 9.999 s: the request was under way for 5 s.
        Pass(5_000),
        Refresh(2), // With a new attempt id.
        Pass(1),
        Arrive(0), // Row 6's answer, 5.001 s old, clears that attempt id.
        Pass(5_000),
        Arrive(0), // Row 4, at 20 s, by the attempt id that the jar has lost; 5.001 s old.
        Lose(0),
        Pass(10_000),
        Refresh(0), // With another attempt id.
    ]);
    assert_eq!(world.row().generation, 2);
    world.settle();
    assert_eq!(world.last().answer, REUSED);
}

/// An answer older than the window can arrive after that of the next rotation, and puts the jar back.
#[test]
fn an_answer_that_comes_after_the_next_one_can_sign_an_honest_client_out() {
    let mut world = told(&[
        Refresh(0),
        Refresh(1),
        Arrive(0), // Row 4: generation 1, at 0 s.
        Arrive(1), // The jar holds generation 1.
        Pass(9_999),
        Arrive(0), // Row 6: the answer sets out at 9.999 s.
        Pass(10_001),
        Refresh(2),
        Arrive(1), // Row 4: generation 2, at 20 s.
        Arrive(1), // The jar holds generation 2.
        Arrive(0), // Row 6's answer, 10.001 s old: the jar holds generation 1.
    ]);
    assert_eq!((read(&world.jar.token).generation(), world.row().generation), (1, 2));
    world.tell(&[Pass(10_000), Refresh(0)]);
    world.settle();
    assert_eq!(world.last().answer, REUSED);
}

/// Row 9 can't know the attempt that made the token it adopts, so row 7 doesn't know its stragglers.
#[test]
fn a_straggler_that_meets_a_database_gone_back_can_sign_an_honest_client_out() {
    let world = told(&[
        Refresh(0),
        Refresh(1),
        Arrive(0),   // Row 4: generation 1.
        Arrive(1),   // The jar holds generation 1.
        FailOver(0), // The database is at generation 0 again, and the straggler still under way.
        Refresh(0),
        Arrive(1), // Row 9: generation 2.
        Arrive(0), // The straggler shows generation 0.
    ]);
    assert_eq!(world.last().answer, REUSED);
}

/// The lock-step limit: whoever refreshes within the window of the victim, every time, stays unseen.
#[test]
fn a_thief_in_lock_step_stays_unseen() {
    let mut world = told(&[Copy]);
    let steal = Steal { back: 0, attempt: None };
    for _ in 0..100 {
        world.tell(&[Pass(15 * 60_000), Refresh(0)]);
        world.settle();
        world.tell(&[Pass(9_999), steal.clone()]);
        assert!(matches!(world.last().answer, Answer::Granted { sets: Some(_) }));
    }
    assert_eq!(world.row().generation, 100);
}

/// A late repeat starts the window anew, not only the hold, and it asks for nothing but the attempt id
/// of whoever rotated last. So a thief who rotates once, and repeats that whenever the window ends,
/// keeps it open: the victim is answered whenever they come.
#[test]
fn a_thief_who_repeats_one_rotation_for_ever_stays_unseen() {
    let mut world = told(&[Copy, Steal { back: 0, attempt: Some(1) }]);
    assert_eq!(world.row().generation, 1);
    for round in 1..1000 {
        world.tell(&[Pass(10_000), Steal { back: 1, attempt: Some(1) }]);
        assert!(matches!(world.last().answer, Answer::Granted { sets: Some(_) }), "row 6, late");
        if round % 90 == 0 {
            world.tell(&[Pass(5_000), Refresh(0)]);
            world.settle();
            assert!(matches!(world.last().answer, Answer::Granted { .. }), "the victim");
            world.tell(&[Pass(5_000)]);
        }
    }
    assert_eq!(world.row().generation, 1, "and the session never rotates again");
    assert!(POLICY.hold().as_secs() == 20 && world.row().revoked_at.is_none());
}
