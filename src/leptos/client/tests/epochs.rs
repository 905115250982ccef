//! Logins and logouts while a request or a refresh is in flight.

use super::{
    responses::{expired, problem, response_of, revoked, tokens, tokens_of_another},
    world::World,
};
use crate::client::{
    replay::ReplayRequest,
    state::{LogoutReason, SessionState},
};
use handstamp_protocol::error::{EndReason, ErrorCode};
use http::Method;

#[test]
fn a_refresh_response_after_a_logout_does_not_log_in() {
    let world = World::logged_in();
    let call = world.get("/api/a");
    world.answer("/api/a", expired(401));
    world.client.session.end(LogoutReason::LoggedOut);
    world.answer_refresh("t2");
    assert_eq!(world.state(), SessionState::LoggedOut(LogoutReason::LoggedOut));
    assert!(world.client.session.held().is_none());
    assert_eq!(call.error().unwrap().code, ErrorCode::SessionRevoked);
}

#[test]
fn a_refused_refresh_after_a_new_login_does_not_end_its_session() {
    let world = World::logged_in();
    drop(world.client.refresher.refresh());
    world.settle();
    world.client.session.start(tokens("t9", 60), world.now());
    world.answer("/auth/refresh", problem(ErrorCode::SessionExpired));
    assert_eq!(world.state(), SessionState::LoggedIn);
}

#[test]
fn a_request_is_never_retried_as_another_user() {
    let world = World::logged_in();
    let call = world.send(ReplayRequest::new(Method::POST, "/api/posts"));
    world.client.session.end(LogoutReason::LoggedOut);
    world.client.session.start(tokens("t-other", 60), world.now());
    world.answer("/api/posts", revoked(EndReason::LoggedOut));
    assert_eq!(call.error().unwrap().code, ErrorCode::SessionRevoked);
    assert!(world.in_flight().is_empty() && world.refreshes() == 0);
}

#[test]
fn a_login_during_a_refresh_prevents_the_retry() {
    let world = World::logged_in();
    let call = world.get("/api/a");
    world.answer("/api/a", expired(401));
    world.client.session.start(tokens("t-other", 60), world.now());
    world.answer_refresh("t2");
    assert_eq!(call.error().unwrap().code, ErrorCode::SessionRevoked);
    assert_eq!(world.client.session.held().unwrap().token.expose_secret(), "t-other");
    assert!(world.in_flight().is_empty());
}

#[test]
fn a_refresh_that_returns_another_user_prevents_the_retry() {
    for seconds in [1, 55] {
        let world = World::logged_in();
        world.advance(f64::from(seconds) * 1000.0);
        let call = world.send(ReplayRequest::new(Method::POST, "/api/posts"));
        if seconds == 1 {
            world.answer("/api/posts", revoked(EndReason::LoggedOut));
        }
        world.answer("/auth/refresh", response_of(&tokens_of_another("t-other")));
        assert!(world.in_flight().is_empty(), "{seconds}");
        let refused = call
            .error()
            .map(|error| error.code)
            .or(call.status().map(|_| ErrorCode::SessionRevoked));
        assert_eq!(refused, Some(ErrorCode::SessionRevoked));
        assert_eq!(world.client.session.snapshot().user.unwrap().id, "2");
    }
}
