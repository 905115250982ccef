//! Logouts, and how they reach the server.

use super::{
    responses::{ok, problem, problem_of, tokens},
    world::World,
};
use crate::client::{
    cross_tab::Message,
    lifecycle::PageEvent,
    platform::Unreachable,
    replay::ReplayResponse,
    state::{LogoutReason, SessionState},
};
use handstamp_protocol::error::{AppError, ErrorCode};
use std::rc::Rc;

const LOGGED_OUT: SessionState = SessionState::LoggedOut(LogoutReason::LoggedOut);
const UNCONFIRMED: SessionState = SessionState::LoggedOut(LogoutReason::LoggedOutUnconfirmed);

#[test]
fn rule_13_a_logout_applies_immediately_and_is_sent_to_the_server() {
    let world = World::logged_in();
    let call = world.get("/api/a");
    world.client.log_out();
    world.settle();
    assert_eq!(world.state(), LOGGED_OUT);
    assert!(world.client.session.held().is_none() && world.browser().pending_logout.get());
    let sent = world.answer("/auth/log_out", ok());
    assert!(sent.keepalive);
    assert!(!world.browser().pending_logout.get());
    world.answer("/api/a", ok());
    assert_eq!(call.error().unwrap().code, ErrorCode::SessionRevoked);
    let ended = Message::Ended("s1".to_owned(), LogoutReason::LoggedOut);
    assert_eq!(world.broadcasts(), [ended]);
}

#[test]
fn rule_13_a_logout_is_retried_until_the_server_confirms_it() {
    let world = World::logged_in();
    world.client.log_out();
    world.settle();
    let portal =
        ReplayResponse { status: 200, body: "<html>Welcome".into(), ..ReplayResponse::default() };
    let failures = [
        Err(Unreachable),
        problem(ErrorCode::Unavailable),
        problem(ErrorCode::Internal),
        Ok(portal),
    ];
    for failure in failures {
        world.answer("/auth/log_out", failure);
        assert_eq!(world.state(), UNCONFIRMED);
        assert!(world.in_flight().is_empty(), "the retry waits");
        world.advance(30_000.0);
    }
    world.answer("/auth/log_out", ok());
    assert_eq!(world.state(), LOGGED_OUT);
    assert!(!world.browser().pending_logout.get());
}

#[test]
fn rule_13_a_pending_logout_is_sent_when_the_network_is_back() {
    let world = World::logged_in();
    world.client.log_out();
    world.settle();
    world.answer("/auth/log_out", Err(Unreachable));
    for _ in 0..6 {
        world.advance(30_000.0);
        world.answer("/auth/log_out", Err(Unreachable));
    }
    world.page_event(PageEvent::Online);
    world.answer("/auth/log_out", ok());
    assert_eq!(world.state(), LOGGED_OUT);
    world.advance(60_000.0);
    assert!(world.in_flight().is_empty(), "it is sent only once");
}

#[test]
fn rule_13_a_page_that_is_loaded_during_a_pending_logout_stays_logged_out() {
    let world = World::logged_in();
    world.client.log_out();
    world.settle();
    world.answer("/auth/log_out", Err(Unreachable));
    let reloaded = World::tab(world.browser());
    reloaded.client.lifecycle.on_start();
    reloaded.settle();
    assert_eq!(reloaded.state(), UNCONFIRMED);
    assert_eq!(reloaded.in_flight(), ["POST /auth/log_out -"]);
    reloaded.answer("/auth/log_out", ok());
    assert_eq!(reloaded.state(), LOGGED_OUT);
    // The first page finds that the logout is no longer pending.
    world.advance(30_000.0);
    assert!(world.in_flight().is_empty());
    assert_eq!(world.state(), LOGGED_OUT);
}

#[test]
fn a_pending_logout_is_sent_by_another_tab() {
    let world = World::logged_in();
    let other = World::tab(world.browser());
    other.client.session.replace(tokens("t1", 60), other.now()).unwrap();
    world.client.log_out();
    world.settle();
    world.answer("/auth/log_out", Err(Unreachable));
    other.receive_from(&world);
    let browser = Rc::clone(world.browser());
    drop(world);
    other.page_event(PageEvent::Online);
    other.answer("/auth/log_out", ok());
    assert!(!browser.pending_logout.get());
}

#[test]
fn a_logout_is_retried_after_retry_after() {
    let world = World::logged_in();
    world.client.log_out();
    world.settle();
    let error = AppError::new(ErrorCode::RateLimited).retry_after(20);
    world.answer("/auth/log_out", problem_of(&error));
    world.advance(19_000.0);
    assert!(world.in_flight().is_empty());
    world.advance(1_000.0);
    assert_eq!(world.in_flight(), ["POST /auth/log_out -"]);
}

#[test]
fn a_page_that_missed_a_logout_logs_out_and_sends_it() {
    for is_offline in [false, true] {
        let world = World::logged_in();
        if is_offline {
            drop(world.client.refresher.refresh());
            world.settle();
            world.answer("/auth/refresh", Err(Unreachable));
        }
        world.browser().pending_logout.set(true);
        world.page_event(PageEvent::Restored);
        assert_eq!(world.state(), UNCONFIRMED);
        assert_eq!(world.in_flight(), ["POST /auth/log_out -"]);
        world.answer("/auth/log_out", ok());
        assert_eq!(world.state(), LOGGED_OUT);
    }
}

/// For example the outbox of a demo, which needs no token.
#[test]
fn anonymous_requests_are_sent_during_a_logout_in_another_tab() {
    let world = World::starting();
    world.browser().pending_logout.set(true);
    let call = world.get("/api/outbox");
    assert_eq!(world.in_flight(), ["GET /api/outbox -", "POST /auth/log_out -"]);
    world.answer("/api/outbox", ok());
    assert_eq!(call.status(), Some(200));
}

#[test]
fn a_refresh_waiting_for_the_lock_does_not_resurrect_a_logged_out_session() {
    let world = World::logged_in();
    let other = World::tab(world.browser());
    drop(other.client.refresher.refresh());
    other.settle();
    drop(world.client.refresher.refresh());
    world.settle();
    assert!(world.in_flight().is_empty());
    world.browser().pending_logout.set(true);
    drop(other);
    world.settle();
    assert_eq!(world.state(), UNCONFIRMED);
    assert!(!world.in_flight().contains(&"POST /auth/refresh -".to_owned()));
}

/// The page stays visible, so there is no page event.
#[test]
fn an_automatic_retry_does_not_resurrect_a_logged_out_session() {
    let world = World::logged_in();
    drop(world.client.refresher.refresh());
    world.settle();
    world.answer("/auth/refresh", Err(Unreachable));
    world.browser().pending_logout.set(true);
    world.advance(30_000.0);
    assert_eq!(world.state(), UNCONFIRMED);
    assert_eq!(world.in_flight(), ["POST /auth/log_out -"]);
}

#[test]
fn becoming_visible_does_not_override_the_retry_after_of_a_logout() {
    let world = World::logged_in();
    world.client.log_out();
    world.settle();
    let error = AppError::new(ErrorCode::RateLimited).retry_after(60);
    world.answer("/auth/log_out", problem_of(&error));
    world.page_event(PageEvent::Shown);
    assert!(world.in_flight().is_empty());
}
