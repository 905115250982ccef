//! Requests that do not reach the server: alone, or because nothing does.

use super::world::{World, expired, ok, ok_tokens, problem, revoked};
use crate::{
    auth::client::{
        lifecycle::PageEvent,
        platform::Unreachable,
        replay::{ReplayRequest, ReplayResponse},
        state::{SessionState, SignedOutReason},
        transport::LONGEST,
    },
    protocol::error::{AppError, EndReason, ErrorCode},
};
use http::Method;

const PROXY_LOGIN: SessionState = SessionState::Offline(ErrorCode::ProxyLogin);

fn redirect() -> Result<ReplayResponse, Unreachable> {
    Ok(ReplayResponse::default())
}

fn basic() -> ReplayResponse {
    let challenge = Some(r#"Basic realm="staging""#.to_owned());
    ReplayResponse { status: 401, challenge, body: "<html>".into(), ..Default::default() }
}

fn is_said_to_have_failed_alone(error: &AppError) -> bool {
    error.code == ErrorCode::Offline && error.detail.contains("while others were")
}

#[test]
fn rule_19_a_path_that_is_blocked_fails_alone_and_costs_one_refresh() {
    let world = World::signed_in();
    let call = world.get("/api/events?limit=1");
    world.answer("/api/events?limit=1", Err(Unreachable));
    world.answer_refresh("t2");
    assert_eq!(world.wire(), ["GET /api/events?limit=1 t2"], "it is repeated once");
    world.answer("/api/events?limit=1", Err(Unreachable));
    assert!(is_said_to_have_failed_alone(&call.error().unwrap()));
    assert_eq!(world.client.session().state(), SessionState::SignedIn);
    // The next tries of the user cost one request each.
    for _ in 0..3 {
        let again = world.get("/api/events");
        world.answer("/api/events", Err(Unreachable));
        assert!(is_said_to_have_failed_alone(&again.error().unwrap()));
    }
    world.advance(10_000.0);
    assert!(world.wire().is_empty());
    assert_eq!(world.refreshes(), 1);
}

#[test]
fn a_path_that_still_fails_is_checked_again_after_half_a_minute_or_once_it_was_answered() {
    for is_answered in [false, true] {
        let world = World::signed_in();
        let call = world.get("/api/events");
        world.answer("/api/events", Err(Unreachable));
        world.answer_refresh("t2");
        world.answer("/api/events", Err(Unreachable));
        assert!(is_said_to_have_failed_alone(&call.error().unwrap()));
        if is_answered {
            let call = world.get("/api/events");
            world.answer("/api/events", ok());
            assert_eq!(call.status(), Some(200));
        }
        // The first refresh has passed its turn on by then.
        world.advance(if is_answered { 100.0 } else { 30_000.0 });
        let _call = world.get("/api/events");
        world.answer("/api/events", Err(Unreachable));
        assert_eq!(world.wire(), ["POST /auth/refresh -"], "{is_answered}");
    }
}

#[test]
fn rule_19_a_connection_that_breaks_costs_the_caller_nothing() {
    let world = World::signed_in();
    let call = world.get("/api/a");
    world.answer("/api/a", Err(Unreachable));
    world.answer_refresh("t2");
    world.answer("/api/a", ok());
    assert_eq!(call.status(), Some(200));
    assert_eq!(world.client.session().state(), SessionState::SignedIn);
}

#[test]
fn a_request_that_may_have_been_carried_out_is_not_repeated() {
    let world = World::signed_in();
    let call = world.send(ReplayRequest::new(Method::POST, "/api/posts"));
    world.answer("/api/posts", Err(Unreachable));
    world.answer_refresh("t2");
    assert!(is_said_to_have_failed_alone(&call.error().unwrap()));
    assert!(world.wire().is_empty());
}

#[test]
fn a_request_that_hangs_while_the_server_answers_is_not_repeated() {
    let world = World::signed_in();
    let call = world.get("/api/a");
    world.advance(LONGEST);
    world.answer("/auth/refresh", ok_tokens("t2", 60));
    assert!(is_said_to_have_failed_alone(&call.error().unwrap()));
    assert!(world.wire().is_empty());
}

#[test]
fn an_answer_to_another_request_shows_that_the_server_can_be_reached() {
    let world = World::signed_in();
    let (blocked, other) = (world.get("/api/events"), world.get("/api/sessions"));
    world.answer("/api/sessions", ok());
    world.answer("/api/events", Err(Unreachable));
    world.answer("/api/events", Err(Unreachable));
    assert!(is_said_to_have_failed_alone(&blocked.error().unwrap()));
    assert_eq!((other.status(), world.refreshes()), (Some(200), 0));
}

#[test]
fn a_server_in_trouble_is_in_reach() {
    let world = World::signed_in();
    let call = world.send(ReplayRequest::new(Method::POST, "/api/posts"));
    world.answer("/api/posts", Err(Unreachable));
    world.answer("/auth/refresh", problem(ErrorCode::Unavailable));
    assert!(is_said_to_have_failed_alone(&call.error().unwrap()));
    assert_eq!(world.client.session().state(), SessionState::SignedIn);
}

#[test]
fn the_check_may_find_that_the_session_is_over() {
    let world = World::signed_in();
    let call = world.get("/api/a");
    world.answer("/api/a", Err(Unreachable));
    world.answer("/auth/refresh", revoked(EndReason::EndedElsewhere));
    assert_eq!(call.error().unwrap().code, ErrorCode::SessionRevoked);
    let reason = SignedOutReason::Revoked(Some(EndReason::EndedElsewhere));
    assert_eq!(world.client.session().state(), SessionState::SignedOut(reason));
    assert!(world.wire().is_empty());
}

#[test]
fn rule_20_a_redirect_is_the_login_of_a_proxy_and_ends_nothing() {
    let world = World::signed_in();
    let call = world.get("/api/a");
    world.answer("/api/a", redirect());
    world.answer("/auth/refresh", redirect());
    assert_eq!(call.error().unwrap().code, ErrorCode::ProxyLogin);
    assert_eq!(world.client.session().state(), PROXY_LOGIN);
    assert!(world.client.session().snapshot().user.is_some());
    // The user has logged in at the proxy in another tab, and comes back to this one.
    world.wake(PageEvent::Shown);
    world.answer_refresh("t2");
    assert_eq!(world.client.session().state(), SessionState::SignedIn);
}

#[test]
fn a_redirect_of_one_path_is_the_trouble_of_that_request() {
    let world = World::signed_in();
    let call = world.get("/api/a");
    world.answer("/api/a", redirect());
    world.answer_refresh("t2");
    assert_eq!(call.error().unwrap().code, ErrorCode::ProxyLogin);
    assert_eq!(world.client.session().state(), SessionState::SignedIn);
    assert!(world.wire().is_empty());
}

#[test]
fn rule_20_http_basic_in_front_is_named() {
    let error = basic().into_error();
    assert_eq!(error.code, ErrorCode::ProxyLogin);
    assert_eq!(error.detail, "A server in front of this site asks for a password.");
    assert_eq!(basic().in_our_words(true).unwrap_err(), error);
    // The server's own 401 and those of a proxy that names no scheme are what they were.
    let ours = expired(401).unwrap();
    assert_eq!(ours.clone().in_our_words(true).unwrap(), ours);
    let plain = ReplayResponse { challenge: None, ..basic() };
    assert_eq!(plain.into_error().code, ErrorCode::Unavailable);

    let world = World::signed_in();
    world.advance(61_000.0);
    let call = world.get("/api/a");
    world.answer("/api/a", expired(401));
    world.answer("/auth/refresh", Ok(basic()));
    assert_eq!(call.error().unwrap().code, ErrorCode::ProxyLogin);
    assert_eq!(world.client.session().state(), PROXY_LOGIN);
}

#[test]
fn failures_in_a_row_are_counted_until_the_server_answers() {
    let world = World::signed_in();
    let failures = || world.client.session().snapshot().failures;
    assert_eq!(failures(), 0);
    drop(world.client.refresher().refresh());
    world.settle();
    for count in 1..=3 {
        world.answer("/auth/refresh", Err(Unreachable));
        assert_eq!(failures(), count);
        world.advance(30_000.0);
    }
    world.answer_refresh("t2");
    assert_eq!(failures(), 0);
}
