//! Requests without a response, alone or because the server is unreachable; and responses of a proxy.

use super::{
    responses::{Response, expired, ok, ok_tokens, problem, revoked},
    world::World,
};
use crate::client::{
    lifecycle::PageEvent,
    platform::Unreachable,
    replay::{ExpectedBody, ReplayRequest, ReplayResponse},
    state::{LogoutReason, SessionState},
    transport::REQUEST_TIMEOUT,
};
use handstamp_protocol::error::{AppError, EndReason, ErrorCode};
use http::Method;

const PROXY_LOGIN: SessionState = SessionState::Offline(ErrorCode::ProxyLogin);

fn redirect() -> Response {
    Ok(ReplayResponse::default())
}

fn basic() -> ReplayResponse {
    let challenge = Some(r#"Basic realm="staging""#.to_owned());
    ReplayResponse { status: 401, challenge, body: "<html>".into(), ..Default::default() }
}

fn has_failed_alone(error: &AppError) -> bool {
    error.code == ErrorCode::Offline && error.detail.contains("while others were")
}

#[test]
fn rule_19_a_blocked_path_fails_alone_and_causes_one_refresh() {
    let world = World::logged_in();
    let call = world.get("/api/events?limit=1");
    world.answer("/api/events?limit=1", Err(Unreachable));
    world.answer_refresh("t2");
    assert_eq!(world.in_flight(), ["GET /api/events?limit=1 t2"], "it is repeated once");
    world.answer("/api/events?limit=1", Err(Unreachable));
    assert!(has_failed_alone(&call.error().unwrap()));
    assert_eq!(world.state(), SessionState::LoggedIn);
    // Further attempts send one request each.
    for _ in 0..3 {
        let again = world.get("/api/events");
        world.answer("/api/events", Err(Unreachable));
        assert!(has_failed_alone(&again.error().unwrap()));
    }
    world.advance(10_000.0);
    assert!(world.in_flight().is_empty());
    assert_eq!(world.refreshes(), 1);
}

#[test]
fn rule_19_a_get_is_repeated_after_a_broken_connection() {
    let world = World::logged_in();
    let call = world.get("/api/a");
    world.answer("/api/a", Err(Unreachable));
    world.answer_refresh("t2");
    world.answer("/api/a", ok());
    assert_eq!(call.status(), Some(200));
    assert_eq!(world.state(), SessionState::LoggedIn);
}

#[test]
fn rule_20_a_redirect_is_a_proxy_login_and_the_session_stays() {
    let world = World::logged_in();
    let call = world.get("/api/a");
    world.answer("/api/a", redirect());
    world.answer("/auth/refresh", redirect());
    assert_eq!(call.error().unwrap().code, ErrorCode::ProxyLogin);
    assert_eq!(world.state(), PROXY_LOGIN);
    assert!(world.client.session.snapshot().user.is_some());
    // The user has logged in to the proxy in another tab and returns to this one.
    world.page_event(PageEvent::Shown);
    world.answer_refresh("t2");
    assert_eq!(world.state(), SessionState::LoggedIn);
}

#[test]
fn rule_20_basic_authentication_of_a_proxy_is_recognised() {
    let error = basic().into_error();
    assert_eq!(error.code, ErrorCode::ProxyLogin);
    assert_eq!(error.detail, "A server in front of this site asks for a password.");
    assert_eq!(basic().reject_proxy_response(ExpectedBody::Json).unwrap_err(), error);
    // The 401 of the server is accepted. A proxy's 401 without a challenge is no login.
    let ours = expired(401).unwrap();
    assert_eq!(ours.clone().reject_proxy_response(ExpectedBody::Json).unwrap(), ours);
    let plain = ReplayResponse { challenge: None, ..basic() };
    assert_eq!(plain.into_error().code, ErrorCode::Unavailable);

    let world = World::logged_in();
    world.advance(61_000.0);
    let call = world.get("/api/a");
    world.answer("/api/a", expired(401));
    world.answer("/auth/refresh", Ok(basic()));
    assert_eq!(call.error().unwrap().code, ErrorCode::ProxyLogin);
    assert_eq!(world.state(), PROXY_LOGIN);
}

#[test]
fn a_failing_path_is_checked_again_after_30_seconds_or_a_response() {
    for is_answered in [false, true] {
        let world = World::logged_in();
        let call = world.get("/api/events");
        world.answer("/api/events", Err(Unreachable));
        world.answer_refresh("t2");
        world.answer("/api/events", Err(Unreachable));
        assert!(has_failed_alone(&call.error().unwrap()));
        if is_answered {
            let call = world.get("/api/events");
            world.answer("/api/events", ok());
            assert_eq!(call.status(), Some(200));
        }
        // Also lets the first refresh release the lock.
        world.advance(if is_answered { 100.0 } else { 30_000.0 });
        let _call = world.get("/api/events");
        world.answer("/api/events", Err(Unreachable));
        assert_eq!(world.in_flight(), ["POST /auth/refresh -"], "{is_answered}");
    }
}

#[test]
fn a_post_without_a_response_is_not_repeated() {
    let world = World::logged_in();
    let call = world.send(ReplayRequest::new(Method::POST, "/api/posts"));
    world.answer("/api/posts", Err(Unreachable));
    world.answer_refresh("t2");
    assert!(has_failed_alone(&call.error().unwrap()));
    assert!(world.in_flight().is_empty());
}

#[test]
fn a_get_that_timed_out_is_not_repeated() {
    let world = World::logged_in();
    let call = world.get("/api/a");
    world.advance(REQUEST_TIMEOUT);
    world.answer("/auth/refresh", ok_tokens("t2", 60));
    assert!(has_failed_alone(&call.error().unwrap()));
    assert!(world.in_flight().is_empty());
}

#[test]
fn a_response_to_another_request_shows_that_the_server_is_reachable() {
    let world = World::logged_in();
    let (blocked, other) = (world.get("/api/events"), world.get("/api/sessions"));
    world.answer("/api/sessions", ok());
    world.answer("/api/events", Err(Unreachable));
    world.answer("/api/events", Err(Unreachable));
    assert!(has_failed_alone(&blocked.error().unwrap()));
    assert_eq!((other.status(), world.refreshes()), (Some(200), 0));
}

#[test]
fn an_error_response_shows_that_the_server_is_reachable() {
    let world = World::logged_in();
    let call = world.send(ReplayRequest::new(Method::POST, "/api/posts"));
    world.answer("/api/posts", Err(Unreachable));
    world.answer("/auth/refresh", problem(ErrorCode::Unavailable));
    assert!(has_failed_alone(&call.error().unwrap()));
    assert_eq!(world.state(), SessionState::LoggedIn);
}

#[test]
fn the_check_may_show_that_the_session_is_over() {
    let world = World::logged_in();
    let call = world.get("/api/a");
    world.answer("/api/a", Err(Unreachable));
    world.answer("/auth/refresh", revoked(EndReason::EndedElsewhere));
    assert_eq!(call.error().unwrap().code, ErrorCode::SessionRevoked);
    let reason = LogoutReason::Revoked(Some(EndReason::EndedElsewhere));
    assert_eq!(world.state(), SessionState::LoggedOut(reason));
    assert!(world.in_flight().is_empty());
}

#[test]
fn a_redirect_of_one_path_affects_only_that_request() {
    let world = World::logged_in();
    let call = world.get("/api/a");
    world.answer("/api/a", redirect());
    world.answer_refresh("t2");
    assert_eq!(call.error().unwrap().code, ErrorCode::ProxyLogin);
    assert_eq!(world.state(), SessionState::LoggedIn);
    assert!(world.in_flight().is_empty());
}

#[test]
fn consecutive_failures_are_counted_until_a_response() {
    let world = World::logged_in();
    let failures = || world.client.session.snapshot().failures;
    assert_eq!(failures(), 0);
    drop(world.client.refresher.refresh());
    world.settle();
    for count in 1..=3 {
        world.answer("/auth/refresh", Err(Unreachable));
        assert_eq!(failures(), count);
        world.advance(30_000.0);
    }
    world.answer_refresh("t2");
    assert_eq!(failures(), 0);
}
