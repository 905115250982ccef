//! The refresh: its request, its timeout, and the callers that wait for it.

use super::{
    responses::{expired, no_session, ok, ok_tokens, problem},
    scripted_platform::{Locks, SharedBrowser},
    world::World,
};
use crate::client::{
    platform::Unreachable,
    state::{LogoutReason, SessionState},
    transport::{AUTH_TIMEOUT, REQUEST_TIMEOUT},
};
use handstamp_protocol::error::ErrorCode;
use std::{cell::Cell, rc::Rc};

#[test]
fn rule_14_a_refresh_outlives_the_page_and_carries_an_attempt_id() {
    let world = World::logged_in();
    drop(world.client.refresher.refresh());
    world.settle();
    let sent = world.answer("/auth/refresh", ok_tokens("t2", 60));
    assert!(sent.keepalive && sent.body.is_none() && sent.content_type.is_none());
    assert_eq!(world.browser().attempt.borrow().as_deref(), Some("attempt 1"));
}

#[test]
fn rule_14a_an_attempt_id_that_an_older_response_cleared_is_restored() {
    let browser = Rc::new(SharedBrowser::default());
    browser.locks.set(Locks::Absent);
    let tab = &World::tabs(&browser, 1)[0];
    drop(tab.client.refresher.refresh_now());
    tab.settle();
    tab.answer("/auth/refresh", Err(Unreachable));
    // A late response to an earlier refresh of another tab clears the attempt id.
    browser.attempt.take();
    drop(tab.client.refresher.refresh_now());
    tab.settle();
    assert_eq!(browser.attempt.borrow().as_deref(), Some("attempt 1"));
    tab.answer_refresh("t2");
    browser.attempt.take();
    drop(tab.client.refresher.refresh_now());
    tab.settle();
    assert_eq!(browser.attempt.borrow().as_deref(), Some("attempt 2"));
    tab.answer("/auth/refresh", problem(ErrorCode::RateLimited));
}

#[test]
fn rule_15_a_request_without_a_response_times_out_and_the_session_stays() {
    let world = World::logged_in();
    let call = world.get("/api/a");
    world.advance(REQUEST_TIMEOUT - 1.0);
    assert!(call.is_waiting());
    world.advance(1.0);
    assert_eq!(
        world.in_flight(),
        ["POST /auth/refresh -"],
        "it is aborted, and a refresh checks the server"
    );
    world.answer("/auth/refresh", Err(Unreachable));
    assert_eq!(call.error().unwrap().code, ErrorCode::Offline);
    assert!(world.in_flight().is_empty());
    assert_eq!(world.state(), SessionState::Offline(ErrorCode::Offline));
}

#[test]
fn rule_15_a_refresh_times_out_after_eight_seconds() {
    let world = World::logged_in();
    world.advance(61_000.0);
    let call = world.get("/api/a");
    world.answer("/api/a", expired(401));
    world.advance(AUTH_TIMEOUT - 1.0);
    assert!(call.is_waiting());
    world.advance(1.0);
    assert_eq!(call.error().unwrap().code, ErrorCode::Offline);
    assert!(world.in_flight().is_empty(), "the hanging request is aborted");
}

#[test]
fn rule_16_a_listener_may_start_a_refresh_without_a_deadlock() {
    let world = World::logged_in();
    let (client, changes) = (Rc::clone(&world.client), Rc::new(Cell::new(0)));
    let count = Rc::clone(&changes);
    world.client.session.listen(move |_| {
        count.set(count.get() + 1);
        drop(client.refresher.refresh());
    });
    let call = world.get("/api/a");
    world.answer("/api/a", expired(401));
    world.answer_refresh("t2");
    world.answer("/api/a", ok());
    assert_eq!((call.status(), changes.get()), (Some(200), 1));
}

#[test]
fn rule_18_dropping_a_request_aborts_it_but_not_the_shared_refresh() {
    let world = World::logged_in();
    let gone = world.get("/api/gone");
    world.abort(&gone);
    assert!(world.in_flight().is_empty());

    let (first, second) = (world.get("/api/first"), world.get("/api/second"));
    world.answer("/api/first", expired(401));
    world.answer("/api/second", expired(401));
    world.abort(&first);
    assert_eq!(world.in_flight(), ["POST /auth/refresh -"]);
    world.answer_refresh("t2");
    world.answer("/api/second", ok());
    assert_eq!((second.status(), world.refreshes()), (Some(200), 1));
}

#[test]
fn a_request_waits_for_the_boot_refresh() {
    let world = World::starting();
    let call = world.get("/api/a");
    assert_eq!(world.in_flight(), ["POST /auth/refresh -"]);
    world.answer_refresh("t1");
    world.answer("/api/a", ok());
    assert_eq!((call.status(), world.refreshes()), (Some(200), 1));
}

#[test]
fn the_first_refresh_accepts_that_no_user_is_logged_in() {
    let world = World::starting();
    let call = world.get("/api/a");
    let refresh = world.answer("/auth/refresh", no_session());
    assert_eq!(refresh.body.as_deref(), Some(br#"{"if_any":true}"#.as_slice()));
    let state = SessionState::LoggedOut(LogoutReason::NoSession);
    assert_eq!(world.state(), state);
    assert_eq!(world.in_flight(), ["GET /api/a -"]);
    drop(call);
}

#[test]
fn anonymous_requests_are_passed_through() {
    let world = World::starting();
    let call = world.get("/api/a");
    world.answer("/auth/refresh", problem(ErrorCode::RefreshTokenMissing));
    assert_eq!(world.in_flight(), ["GET /api/a -"]);
    world.answer("/api/a", problem(ErrorCode::AccessTokenMissing));
    assert_eq!(call.status(), Some(401));
}
