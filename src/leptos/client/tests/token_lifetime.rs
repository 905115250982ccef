//! Access tokens that are about to expire.

use super::{
    responses::{ok, problem, tokens},
    world::World,
};
use crate::client::{platform::Unreachable, state::SessionState};
use handstamp_protocol::error::ErrorCode;

#[test]
fn rule_8_a_token_in_the_last_tenth_of_its_life_is_refreshed_first() {
    let world = World::logged_in();
    world.advance(53_000.0);
    let call = world.get("/api/a");
    assert_eq!(world.in_flight(), ["GET /api/a t1"]);
    world.answer("/api/a", ok());
    assert_eq!(call.status(), Some(200));
    world.advance(1_500.0);
    let call = world.get("/api/b");
    assert_eq!(world.in_flight(), ["POST /auth/refresh -"]);
    world.answer_refresh("t2");
    world.answer("/api/b", ok());
    assert_eq!(call.status(), Some(200));
}

#[test]
fn rule_8_if_the_early_refresh_fails_the_valid_token_is_used_and_the_page_stays_online() {
    let world = World::logged_in();
    world.advance(55_000.0);
    let call = world.get("/api/a");
    world.answer("/auth/refresh", Err(Unreachable));
    assert_eq!(world.in_flight(), ["GET /api/a t1"]);
    world.answer("/api/a", ok());
    assert_eq!((call.status(), world.state()), (Some(200), SessionState::LoggedIn));
}

#[test]
fn rule_8_if_the_early_refresh_is_refused_the_caller_gets_that_refusal() {
    let world = World::logged_in();
    world.advance(55_000.0);
    let call = world.get("/api/a");
    world.answer("/auth/refresh", problem(ErrorCode::SessionExpired));
    assert_eq!(call.error().unwrap().code, ErrorCode::SessionExpired);
    assert!(world.in_flight().is_empty(), "nothing is sent without a token");
}

#[test]
fn rule_8_a_token_that_has_expired_by_the_clients_clock_is_sent_nevertheless() {
    let world = World::logged_in();
    world.advance(3_600_000.0);
    let _call = world.get("/api/a");
    assert_eq!(world.in_flight(), ["GET /api/a t1"]);
}

#[test]
fn rule_9_lifetimes_come_from_expires_in_and_not_from_the_token() {
    let world = World::starting();
    world.client.session.start(tokens("not even a JWT", 60), world.now());
    let times = world.client.session.held().unwrap().times;
    assert_eq!((times.held_since, times.expires_at), (world.now(), world.now() + 60_000.0));
}
