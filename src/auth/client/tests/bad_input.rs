//! Answers that no server of ours gives: from proxies, from bugs, from somebody else.

use super::world::{World, expired, ok, tokens};
use crate::{
    auth::client::{replay::ReplayResponse, state::SessionState},
    protocol::error::ErrorCode,
};
use serde_json::{Value, json};

fn answer(status: u16, body: &str) -> ReplayResponse {
    ReplayResponse { status, body: body.to_owned().into(), ..ReplayResponse::default() }
}

#[test]
fn a_refresh_answer_that_cannot_be_used_ends_nothing_and_is_asked_for_again() {
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
        let world = World::signed_in();
        world.advance(61_000.0);
        let call = world.get("/api/a");
        world.answer("/api/a", expired(401));
        world.answer("/auth/refresh", Ok(answer(200, &body)));
        assert_eq!(call.error().unwrap().code, ErrorCode::Unavailable, "{body}");
        let state = world.client.session().state();
        assert_eq!(state, SessionState::Offline(ErrorCode::Unavailable), "{body}");
        world.advance(30_000.0);
        world.answer_refresh("t2");
        assert_eq!(world.client.session().state(), SessionState::SignedIn, "{body}");
    }
}

#[test]
fn an_enormous_lifetime_is_believed_until_the_server_says_otherwise() {
    let world = World::starting();
    world.client.start();
    world.settle();
    let mut tokens = tokens("t1", u32::MAX);
    tokens.session_expires_in = u32::MAX;
    world.answer("/auth/refresh", super::world::answer_of(&tokens));
    world.advance(86_400_000.0);
    let call = world.get("/api/a");
    assert_eq!(world.wire(), ["GET /api/a t1"]);
    world.answer("/api/a", expired(401));
    world.answer_refresh("t2");
    world.answer("/api/a", ok());
    assert_eq!(call.status(), Some(200));
}

#[test]
fn a_refresh_that_a_proxy_answers_with_its_own_401_ends_nothing() {
    let world = World::signed_in();
    let call = world.get("/api/a");
    world.answer("/api/a", expired(401));
    world.answer("/auth/refresh", Ok(answer(401, "<html>Log in to the proxy</html>")));
    assert_eq!(call.error().unwrap().code, ErrorCode::Unavailable);
    assert!(world.client.session().held().is_some());
}

#[test]
fn a_401_with_an_html_body_is_the_callers_to_show() {
    let world = World::signed_in();
    let call = world.get("/api/a");
    world.answer("/api/a", Ok(answer(401, "<html>")));
    assert_eq!((call.status(), world.refreshes()), (Some(401), 0));
    assert_eq!(answer(401, "<html>").into_error().code, ErrorCode::Unavailable);
}

#[test]
fn a_token_that_is_replaced_during_a_request_is_used_for_the_retry() {
    let world = World::signed_in();
    let call = world.get("/api/a");
    drop(world.client.refresher().refresh());
    world.settle();
    world.answer_refresh("t2");
    world.answer("/api/a", expired(401));
    assert_eq!(world.wire(), ["GET /api/a t2"]);
    world.answer("/api/a", ok());
    assert_eq!((call.status(), world.refreshes()), (Some(200), 1));
}
