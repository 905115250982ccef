//! Malformed responses, such as those of proxies.

use super::{
    responses::{expired, ok, response_of, tokens},
    world::World,
};
use crate::client::{replay::ReplayResponse, state::SessionState};
use handstamp_protocol::error::ErrorCode;
use serde_json::{Value, json};

fn response(status: u16, body: &str) -> ReplayResponse {
    ReplayResponse { status, body: body.to_owned().into(), ..ReplayResponse::default() }
}

#[test]
fn an_unusable_refresh_response_keeps_the_session_and_is_retried() {
    let good = serde_json::to_value(tokens("t2", 60)).unwrap();
    let with = |field: &str, value: Value| {
        let mut body = good.clone();
        body[field] = value;
        body.to_string()
    };
    let mut without = good.clone();
    without.as_object_mut().unwrap().remove("access_token");
    for body in [
        String::new(),
        "<html>Sign in to the airport</html>".to_owned(),
        "null".to_owned(),
        "[]".to_owned(),
        good.to_string()[..40].to_owned(),
        without.to_string(),
        with("access_token", json!("")),
        with("access_token", json!(null)),
        with("access_token", json!("two\nlines")),
        with("access_token", json!("späße")),
        with("expires_in", json!(0)),
        with("expires_in", json!(-60)),
        with("expires_in", json!(1e300)),
        with("expires_in", json!(u64::MAX)),
        with("expires_in", json!("60")),
        with("user", json!({})),
    ] {
        let world = World::logged_in();
        world.advance(61_000.0);
        let call = world.get("/api/a");
        world.answer("/api/a", expired(401));
        world.answer("/auth/refresh", Ok(response(200, &body)));
        assert_eq!(call.error().unwrap().code, ErrorCode::Unavailable, "{body}");
        let state = world.state();
        assert_eq!(state, SessionState::Offline(ErrorCode::Unavailable), "{body}");
        world.advance(30_000.0);
        world.answer_refresh("t2");
        assert_eq!(world.state(), SessionState::LoggedIn, "{body}");
    }
}

#[test]
fn an_enormous_lifetime_is_accepted_until_the_server_refuses_the_token() {
    let world = World::starting();
    world.client.lifecycle.on_start();
    world.settle();
    let mut tokens = tokens("t1", u32::MAX);
    tokens.session_expires_in = u32::MAX;
    world.answer("/auth/refresh", response_of(&tokens));
    world.advance(86_400_000.0);
    let call = world.get("/api/a");
    assert_eq!(world.in_flight(), ["GET /api/a t1"]);
    world.answer("/api/a", expired(401));
    world.answer_refresh("t2");
    world.answer("/api/a", ok());
    assert_eq!(call.status(), Some(200));
}

#[test]
fn a_401_of_a_proxy_to_a_refresh_keeps_the_session() {
    let world = World::logged_in();
    let call = world.get("/api/a");
    world.answer("/api/a", expired(401));
    world.answer("/auth/refresh", Ok(response(401, "<html>Log in to the proxy</html>")));
    assert_eq!(call.error().unwrap().code, ErrorCode::Unavailable);
    assert!(world.client.session.held().is_some());
}

#[test]
fn a_401_with_an_html_body_is_returned_to_the_caller() {
    let world = World::logged_in();
    let call = world.get("/api/a");
    world.answer("/api/a", Ok(response(401, "<html>")));
    assert_eq!((call.status(), world.refreshes()), (Some(401), 0));
    assert_eq!(response(401, "<html>").into_error().code, ErrorCode::Unavailable);
}
