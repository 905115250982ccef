//! Requests whose access token is refused.

use super::{
    responses::{expired, ok, problem},
    world::{Call, World},
};
use crate::client::replay::{ReplayRequest, ReplayResponse};
use handstamp_protocol::error::{AppError, ErrorCode};
use http::Method;
use leptos::server_fn::request::ClientReq;

#[test]
fn rule_1_requests_that_are_refused_together_share_one_refresh_and_all_succeed() {
    let world = World::logged_in();
    let calls: Vec<Call> = (0..10).map(|n| world.get(&format!("/api/{n}"))).collect();
    for n in 0..10 {
        world.answer(&format!("/api/{n}"), expired(401));
    }
    assert_eq!(world.in_flight(), ["POST /auth/refresh -"]);
    world.answer_refresh("t2");
    for n in 0..10 {
        world.answer(&format!("/api/{n}"), ok());
    }
    assert!(calls.iter().all(|call| call.status() == Some(200)));
    assert_eq!(world.refreshes(), 1);
}

#[test]
fn rule_2_a_refusal_of_an_older_token_is_retried_immediately_with_the_newer_one() {
    let world = World::logged_in();
    let (early, late) = (world.get("/api/early"), world.get("/api/late"));
    world.answer("/api/early", expired(401));
    world.answer_refresh("t2");
    world.answer("/api/early", ok());
    world.answer("/api/late", expired(401));
    assert_eq!(world.in_flight(), ["GET /api/late t2"]);
    world.answer("/api/late", ok());
    assert_eq!((early.status(), late.status(), world.refreshes()), (Some(200), Some(200), 1));
}

#[test]
fn rule_3_a_second_refusal_is_returned() {
    let world = World::logged_in();
    let call = world.get("/api/a");
    world.answer("/api/a", expired(401));
    world.answer_refresh("t2");
    world.answer("/api/a", expired(401));
    assert_eq!((call.status(), world.refreshes()), (Some(401), 1));
    assert!(world.in_flight().is_empty());
}

#[test]
fn rule_4_a_401_that_is_not_about_the_token_is_passed_through() {
    let world = World::logged_in();
    for code in [ErrorCode::InvalidCredentials, ErrorCode::AccessTokenMissing] {
        let call = world.get("/api/a");
        world.answer("/api/a", problem(code));
        assert_eq!(call.status(), Some(401));
    }
    let call = world.get("/api/a");
    world.answer(
        "/api/a",
        Ok(ReplayResponse {
            status: 401,
            challenge: Some("Bearer".into()),
            body: "<html>".into(),
            ..Default::default()
        }),
    );
    assert_eq!((call.status(), world.refreshes()), (Some(401), 0));
}

#[test]
fn rule_5_expired_as_403_is_refreshed_too_and_another_403_is_not() {
    let world = World::logged_in();
    let call = world.get("/api/a");
    world.answer("/api/a", expired(403));
    world.answer_refresh("t2");
    world.answer("/api/a", ok());
    assert_eq!((call.status(), world.refreshes()), (Some(200), 1));
    let forbidden = world.get("/api/b");
    world.answer("/api/b", problem(ErrorCode::CrossSite));
    assert_eq!((forbidden.status(), world.refreshes()), (Some(403), 1));
}

#[test]
fn the_access_token_is_sent_only_to_the_own_origin() {
    let world = World::logged_in();
    for address in [
        "https://elsewhere.example/api",
        "//elsewhere.example/api",
        "/\\elsewhere.example/api",
        "\\/elsewhere.example",
        "/\t/elsewhere.example/api",
        "\n//elsewhere.example/api",
        "api/a",
        "",
    ] {
        let call = world.get(address);
        assert_eq!(call.error().unwrap().code, ErrorCode::BadRequest, "{address:?}");
    }
    assert!(world.in_flight().is_empty());
}

#[test]
fn a_token_refusal_is_recognised_without_the_challenge_header() {
    let world = World::logged_in();
    let call = world.get("/api/a");
    world.answer("/api/a", problem(ErrorCode::AccessTokenExpired));
    world.answer_refresh("t2");
    world.answer("/api/a", ok());
    assert_eq!(call.status(), Some(200));
}

#[test]
fn the_retry_carries_the_same_method_body_and_type() {
    let world = World::logged_in();
    let sent =
        ReplayRequest::new(Method::POST, "/api/posts").with_json(br#"{"body":"hello"}"#.to_vec());
    let call = world.send(sent.clone());
    let first = world.answer("/api/posts", expired(401));
    world.answer_refresh("t2");
    let second = world.answer("/api/posts", ok());
    assert_eq!((call.status(), &first, &second), (Some(200), &sent, &sent));
}

#[test]
fn streams_are_rejected_because_they_cannot_be_sent_twice() {
    let stream = futures::stream::empty::<bytes::Bytes>();
    let refused: Result<ReplayRequest, AppError> =
        ReplayRequest::try_new_req_streaming("/auth/x", "*/*", "text/plain", stream, Method::POST);
    let error = refused.unwrap_err();
    assert!(error.detail.contains("can't be sent twice"), "{error}");
}

#[test]
fn a_token_that_is_replaced_during_a_request_is_used_for_the_retry() {
    let world = World::logged_in();
    let call = world.get("/api/a");
    drop(world.client.refresher.refresh());
    world.settle();
    world.answer_refresh("t2");
    world.answer("/api/a", expired(401));
    assert_eq!(world.in_flight(), ["GET /api/a t2"]);
    world.answer("/api/a", ok());
    assert_eq!((call.status(), world.refreshes()), (Some(200), 1));
}
