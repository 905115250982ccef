//! Logins that succeed at the server, but whose response is lost.

use super::{
    responses::{no_session, ok, problem, response_of, tokens, tokens_of_another},
    world::{Call, World},
};
use crate::client::{
    cross_tab::Message,
    lifecycle::PageEvent,
    platform::Unreachable,
    state::{LogoutReason, SessionState},
};
use futures::FutureExt;
use handstamp_protocol::error::{AppError, ErrorCode};
use std::{cell::RefCell, rc::Rc};

type Outcome = Rc<RefCell<Option<Result<(), AppError>>>>;

/// Logs in with a server function that fails with `error`.
fn log_in(world: &World, error: AppError) -> Outcome {
    let (client, outcome) = (Rc::clone(&world.client), Outcome::default());
    let place = Rc::clone(&outcome);
    world.run(async move {
        let result = client.login.log_in(async { Err(error) }.boxed_local()).await;
        *place.borrow_mut() = Some(result);
    });
    outcome
}

fn lost() -> AppError {
    ErrorCode::Offline.into()
}

fn code(outcome: &Outcome) -> Option<ErrorCode> {
    outcome.borrow().clone().expect("the login is complete").err().map(|error| error.code)
}

/// A page on which no user is logged in.
fn logged_out() -> World {
    let world = World::starting();
    world.client.lifecycle.on_start();
    world.settle();
    world.answer("/auth/refresh", no_session());
    world
}

const NO_SESSION: SessionState = SessionState::LoggedOut(LogoutReason::NoSession);

#[test]
fn rule_21_a_login_is_recovered_if_its_cookie_has_arrived() {
    // The second error is the response of a gateway.
    for error in [lost(), ErrorCode::Unavailable.into()] {
        let world = logged_out();
        let outcome = log_in(&world, error);
        assert!(outcome.borrow().is_none());
        let refresh = world.answer("/auth/refresh", response_of(&tokens("t1", 60)));
        assert_eq!(refresh.body.as_deref(), Some(br#"{"if_any":true}"#.as_slice()));
        assert_eq!(code(&outcome), None);
        assert_eq!(world.state(), SessionState::LoggedIn);
        assert_eq!(world.broadcasts(), [Message::Began(tokens("t1", 60))]);
        assert!(world.in_flight().is_empty());
    }
}

#[test]
fn rule_21_a_second_attempt_recovers_the_first_login() {
    let world = logged_out();
    let outcome = log_in(&world, lost());
    world.answer("/auth/refresh", Err(Unreachable));
    assert_eq!(code(&outcome), Some(ErrorCode::Offline));
    let again = log_in(&world, ErrorCode::LinkUsed.into());
    world.answer("/auth/refresh", response_of(&tokens("t1", 60)));
    assert_eq!(code(&again), None);
    assert_eq!(world.state(), SessionState::LoggedIn);
}

#[test]
fn a_lost_login_without_a_cookie_fails_after_one_refresh() {
    let world = logged_out();
    let outcome = log_in(&world, lost());
    world.answer("/auth/refresh", ok());
    assert_eq!(code(&outcome), Some(ErrorCode::Offline));
    assert_eq!(world.state(), NO_SESSION);
    world.advance(60_000.0);
    assert!(world.in_flight().is_empty());
    let again = log_in(&world, ErrorCode::InvalidCredentials.into());
    assert_eq!(code(&again), Some(ErrorCode::InvalidCredentials));
    assert!(world.in_flight().is_empty());
}

#[test]
fn an_error_of_the_server_is_no_lost_response() {
    let busy = AppError { request_id: Some("r1".into()), ..ErrorCode::Unavailable.into() };
    for error in [busy, ErrorCode::LinkUsed.into(), ErrorCode::ProxyLogin.into()] {
        let world = logged_out();
        let outcome = log_in(&world, error.clone());
        assert_eq!(code(&outcome), Some(error.code));
        assert!(world.in_flight().is_empty(), "{error:?}");
    }
}

#[test]
fn a_lost_login_is_recovered_when_the_network_is_back() {
    let world = logged_out();
    drop(log_in(&world, lost()));
    world.answer("/auth/refresh", Err(Unreachable));
    world.page_event(PageEvent::Online);
    world.answer("/auth/refresh", response_of(&tokens("t1", 60)));
    assert_eq!(world.state(), SessionState::LoggedIn);

    let world = logged_out();
    drop(log_in(&world, lost()));
    world.answer("/auth/refresh", Err(Unreachable));
    world.page_event(PageEvent::Online);
    world.answer("/auth/refresh", ok());
    world.page_event(PageEvent::Online);
    assert!(world.in_flight().is_empty(), "there is one refresh");
}

#[test]
fn a_logged_out_session_is_not_recovered() {
    // The server has not received the logout, and the cookie of its session is still there.
    let world = World::logged_in();
    world.client.log_out();
    world.settle();
    let outcome = log_in(&world, lost());
    assert_eq!(code(&outcome), Some(ErrorCode::Offline));
    assert_eq!(world.in_flight(), ["POST /auth/log_out -"]);
    assert!(world.browser().pending_logout.get());

    // The logout is no longer pending, but the refresh still returns that session.
    world.answer("/auth/log_out", ok());
    let outcome = log_in(&world, lost());
    world.answer("/auth/refresh", response_of(&tokens("t2", 60)));
    assert_eq!(code(&outcome), Some(ErrorCode::Offline));
    assert!(world.client.session.held().is_none());
}

#[test]
fn the_previous_session_is_no_new_login() {
    let world = World::logged_in();
    let outcome = log_in(&world, lost());
    world.answer("/auth/refresh", response_of(&tokens("t2", 60)));
    assert_eq!(code(&outcome), Some(ErrorCode::Offline));
    assert_eq!(world.client.session.held().unwrap().token.expose_secret(), "t2");

    let outcome = log_in(&world, lost());
    world.answer("/auth/refresh", response_of(&tokens_of_another("u1")));
    assert_eq!(code(&outcome), None);
    assert_eq!(world.client.session.snapshot().user.unwrap().id, "2");
}

#[test]
fn a_refused_cookie_is_no_login() {
    let world = logged_out();
    let outcome = log_in(&world, lost());
    world.answer("/auth/refresh", problem(ErrorCode::RefreshTokenInvalid));
    assert_eq!(code(&outcome), Some(ErrorCode::Offline));
    assert_eq!(world.state(), NO_SESSION);
    let call: Call = world.get("/api/outbox");
    world.answer("/api/outbox", ok());
    assert_eq!(call.status(), Some(200));
}

/// By this id the server recognises a login that is repeated.
#[test]
fn a_login_id_is_reused_until_a_response_clears_it() {
    let world = logged_out();
    assert!(world.browser().login.borrow().is_none());
    for _ in 0..2 {
        log_in(&world, lost());
        assert_eq!(world.browser().login.borrow().as_deref(), Some("login 1"));
        world.answer("/auth/refresh", ok());
    }
    world.browser().login.take();
    log_in(&world, lost());
    assert_eq!(world.browser().login.borrow().as_deref(), Some("login 2"));
}

/// A session that the page does not know may be another user's, from before this login.
#[test]
fn a_lost_login_is_not_recovered_before_the_first_refresh() {
    let world = World::starting();
    let outcome = log_in(&world, lost());
    assert_eq!(code(&outcome), Some(ErrorCode::Offline));
}
