//! Logins that succeed at the server, and whose answer does not arrive.

use super::world::{Call, World, answer_of, ok, problem, tokens, tokens_of_another};
use crate::{
    auth::client::{
        cross_tab::Message,
        lifecycle::PageEvent,
        platform::Unreachable,
        state::{SessionState, SignedOutReason},
    },
    protocol::error::{AppError, ErrorCode},
};
use futures::FutureExt;
use std::{cell::RefCell, rc::Rc};

type Outcome = Rc<RefCell<Option<Result<(), AppError>>>>;

/// Logs in, and answers the login with `error`.
fn begin(world: &World, error: AppError) -> Outcome {
    let (client, outcome) = (Rc::clone(&world.client), Outcome::default());
    let place = Rc::clone(&outcome);
    world.run(async move {
        let ended = client.begin(async { Err(error) }.boxed_local()).await;
        *place.borrow_mut() = Some(ended);
    });
    outcome
}

fn lost() -> AppError {
    ErrorCode::Offline.into()
}

fn code(outcome: &Outcome) -> Option<ErrorCode> {
    outcome.borrow().clone().expect("the login is answered").err().map(|error| error.code)
}

/// A page on which no user is logged in.
fn signed_out() -> World {
    let world = World::starting();
    world.client.start();
    world.settle();
    world.answer("/auth/refresh", ok());
    world
}

const NO_SESSION: SessionState = SessionState::SignedOut(SignedOutReason::NoSession);

#[test]
fn rule_21_a_login_whose_cookie_has_arrived_is_a_login() {
    // Also where a gateway has answered in place of the server.
    for error in [lost(), ErrorCode::Unavailable.into()] {
        let world = signed_out();
        let outcome = begin(&world, error);
        assert!(outcome.borrow().is_none());
        let asked = world.answer("/auth/refresh", answer_of(&tokens("t1", 60)));
        assert_eq!(asked.body.as_deref(), Some(br#"{"if_any":true}"#.as_slice()));
        assert_eq!(code(&outcome), None);
        assert_eq!(world.client.session().state(), SessionState::SignedIn);
        assert_eq!(world.told(), [Message::Began(tokens("t1", 60))]);
        assert!(world.wire().is_empty());
    }
}

#[test]
fn a_login_without_a_cookie_has_failed_and_is_asked_about_once() {
    let world = signed_out();
    let outcome = begin(&world, lost());
    world.answer("/auth/refresh", ok());
    assert_eq!(code(&outcome), Some(ErrorCode::Offline));
    assert_eq!(world.client.session().state(), NO_SESSION);
    world.advance(60_000.0);
    assert!(world.wire().is_empty());
    let again = begin(&world, ErrorCode::InvalidCredentials.into());
    assert_eq!(code(&again), Some(ErrorCode::InvalidCredentials));
    assert!(world.wire().is_empty());
}

#[test]
fn an_answer_of_the_server_is_no_lost_answer() {
    let busy = AppError { request_id: Some("r1".into()), ..ErrorCode::Unavailable.into() };
    for error in [busy, ErrorCode::LinkUsed.into(), ErrorCode::ProxyLogin.into()] {
        let world = signed_out();
        let outcome = begin(&world, error.clone());
        assert_eq!(code(&outcome), Some(error.code));
        assert!(world.wire().is_empty(), "{error:?}");
    }
}

#[test]
fn rule_21_a_second_try_finds_the_login_that_could_not_be_asked_about() {
    let world = signed_out();
    let outcome = begin(&world, lost());
    world.answer("/auth/refresh", Err(Unreachable));
    assert_eq!(code(&outcome), Some(ErrorCode::Offline));
    let again = begin(&world, ErrorCode::LinkUsed.into());
    world.answer("/auth/refresh", answer_of(&tokens("t1", 60)));
    assert_eq!(code(&again), None);
    assert_eq!(world.client.session().state(), SessionState::SignedIn);
}

#[test]
fn a_network_that_is_back_finds_it_too() {
    let world = signed_out();
    drop(begin(&world, lost()));
    world.answer("/auth/refresh", Err(Unreachable));
    world.wake(PageEvent::Online);
    world.answer("/auth/refresh", answer_of(&tokens("t1", 60)));
    assert_eq!(world.client.session().state(), SessionState::SignedIn);

    let world = signed_out();
    drop(begin(&world, lost()));
    world.answer("/auth/refresh", Err(Unreachable));
    world.wake(PageEvent::Online);
    world.answer("/auth/refresh", ok());
    world.wake(PageEvent::Online);
    assert!(world.wire().is_empty(), "it is asked about once");
}

#[test]
fn a_session_that_the_user_has_ended_is_not_brought_back() {
    // The server has not received the logout, and the cookie of its session is still there.
    let world = World::signed_in();
    world.client.log_out();
    world.settle();
    let outcome = begin(&world, lost());
    assert_eq!(code(&outcome), Some(ErrorCode::Offline));
    assert_eq!(world.wire(), ["POST /auth/log_out -"]);
    assert!(world.browser().logout_due.get());

    // The logout is not pending any more, and the refresh still finds that session.
    world.answer("/auth/log_out", ok());
    let outcome = begin(&world, lost());
    world.answer("/auth/refresh", answer_of(&tokens("t2", 60)));
    assert_eq!(code(&outcome), Some(ErrorCode::Offline));
    assert!(world.client.session().held().is_none());
}

#[test]
fn the_session_from_before_is_no_new_login() {
    let world = World::signed_in();
    let outcome = begin(&world, lost());
    world.answer("/auth/refresh", answer_of(&tokens("t2", 60)));
    assert_eq!(code(&outcome), Some(ErrorCode::Offline));
    assert_eq!(world.client.session().held().unwrap().token.expose_secret(), "t2");

    let outcome = begin(&world, lost());
    world.answer("/auth/refresh", answer_of(&tokens_of_another("u1")));
    assert_eq!(code(&outcome), None);
    assert_eq!(world.client.session().snapshot().user.unwrap().id, "2");
}

#[test]
fn a_refused_cookie_is_no_login() {
    let world = signed_out();
    let outcome = begin(&world, lost());
    world.answer("/auth/refresh", problem(ErrorCode::RefreshTokenInvalid));
    assert_eq!(code(&outcome), Some(ErrorCode::Offline));
    assert_eq!(world.client.session().state(), NO_SESSION);
    let call: Call = world.get("/api/outbox");
    world.answer("/api/outbox", ok());
    assert_eq!(call.status(), Some(200));
}

/// The server recognises a login that is sent again by its id.
#[test]
fn a_login_carries_an_id_which_stays_until_an_answer_clears_it() {
    let world = signed_out();
    assert!(world.browser().login.borrow().is_none());
    for _ in 0..2 {
        begin(&world, lost());
        assert_eq!(world.browser().login.borrow().as_deref(), Some("login 1"));
        world.answer("/auth/refresh", ok());
    }
    world.browser().login.take();
    begin(&world, lost());
    assert_eq!(world.browser().login.borrow().as_deref(), Some("login 2"));
}

/// A session that the page does not know may be another user's, from before this login.
#[test]
fn while_it_is_unknown_who_is_logged_in_a_lost_login_is_not_taken_for_a_session_that_is_found() {
    let world = World::starting();
    let outcome = begin(&world, lost());
    assert_eq!(code(&outcome), Some(ErrorCode::Offline));
}
