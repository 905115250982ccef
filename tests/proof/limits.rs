//! Known limits of the engine: stories in which an honest client is logged out or an attacker stays undetected. A
//! change of such a limit fails a test.

use crate::{
    story::{Answer, Event},
    world::World,
};
use handstamp_protocol::error::ErrorCode;

use Event::{Arrive, AttackerRefresh, Copy, FailOver, Lose, Pass, Refresh};

const REUSED: Answer = Answer::Refused(ErrorCode::RefreshTokenReused);

fn after(story: &[Event]) -> World {
    let mut world = World::logged_in(None);
    world.play(story);
    world
}

/// A message as old as the window is too old: its response clears an attempt id that was created after it.
#[test]
fn a_late_response_that_clears_an_attempt_can_log_out_an_honest_client() {
    let mut world = after(&[
        Refresh(0),
        Refresh(1),
        Arrive(0), // Row 4: generation 1, at 0 s.
        Arrive(0), // Row 6: generation 1 once more.
        Arrive(0), // The response of row 4: the jar has generation 1.
        Pass(10_000),
        Refresh(2), // With a new attempt id.
        Arrive(0),  // The response of row 6, 10 s old, clears that attempt id.
        Pass(10_000),
        Arrive(0), // Row 4, at 20 s, by the attempt id that the jar has lost.
        Lose(0),
        Pass(10_000),
        Refresh(0), // With another attempt id.
    ]);
    assert_eq!(world.row().generation, 2);
    world.settle();
    assert_eq!(world.last().answer, REUSED);
}

/// Row 9 does not know the attempt that made the token it adopts, so row 7 does not recognise stragglers of it.
#[test]
fn a_straggler_after_a_restore_can_log_out_an_honest_client() {
    let world = after(&[
        Refresh(0),
        Refresh(1),
        Arrive(0),   // Row 4: generation 1.
        Arrive(1),   // The jar has generation 1.
        FailOver(0), // The database is back at generation 0, and the straggler is in transit.
        Refresh(0),
        Arrive(1), // Row 9: generation 2.
        Arrive(0), // The straggler presents generation 0.
    ]);
    assert_eq!(world.last().answer, REUSED);
}

/// The lock-step limit: an attacker who always refreshes within the window of the victim is not detected.
#[test]
fn an_attacker_in_lock_step_stays_undetected() {
    let mut world = after(&[Copy]);
    let attacker_refresh = AttackerRefresh { back: 0, attempt: None };
    for _ in 0..100 {
        world.play(&[Pass(15 * 60_000), Refresh(0)]);
        world.settle();
        world.play(&[Pass(9_999), attacker_refresh.clone()]);
        assert!(matches!(world.last().answer, Answer::Granted { sets: Some(_) }));
    }
    assert_eq!(world.row().generation, 100);
}
