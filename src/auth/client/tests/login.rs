//! Login and logout, with and without a server that hears of it.

use super::world::{
    Locks, World, expired, ok, ok_tokens, problem, problem_of, tokens, tokens_of_another,
};
use crate::{
    auth::client::{
        cross_tab::Message,
        lifecycle::PageEvent,
        platform::Unreachable,
        replay::ReplayResponse,
        state::{SessionState, SignedOutReason},
    },
    protocol::error::{AppError, ErrorCode},
};
use futures::FutureExt;

const LOGGED_OUT: SessionState = SessionState::SignedOut(SignedOutReason::LoggedOut);
const UNCONFIRMED: SessionState = SessionState::SignedOut(SignedOutReason::LoggedOutUnconfirmed);

#[test]
fn rule_13_a_logout_forgets_at_once_and_tells_the_server() {
    let world = World::signed_in();
    let call = world.get("/api/a");
    world.client.log_out();
    world.settle();
    assert_eq!(world.client.session().state(), LOGGED_OUT);
    assert!(world.client.session().held().is_none() && world.browser().logout_due.get());
    let sent = world.answer("/auth/log_out", ok());
    assert!(sent.keepalive);
    assert!(!world.browser().logout_due.get());
    world.answer("/api/a", ok());
    assert_eq!(call.error().unwrap().code, ErrorCode::SessionRevoked);
    let ended = Message::Ended("s1".to_owned(), SignedOutReason::LoggedOut);
    assert_eq!(world.told(), [ended]);
}

#[test]
fn rule_13_a_logout_that_the_server_cannot_hear_is_told_again_until_it_does() {
    let world = World::signed_in();
    world.client.log_out();
    world.settle();
    let portal =
        ReplayResponse { status: 200, body: "<html>Welcome".into(), ..ReplayResponse::default() };
    let trouble = [
        Err(Unreachable),
        problem(ErrorCode::Unavailable),
        problem(ErrorCode::Internal),
        Ok(portal),
    ];
    for trouble in trouble {
        world.answer("/auth/log_out", trouble);
        assert_eq!(world.client.session().state(), UNCONFIRMED);
        assert!(world.wire().is_empty(), "not at once");
        world.advance(30_000.0);
    }
    world.answer("/auth/log_out", ok());
    assert_eq!(world.client.session().state(), LOGGED_OUT);
    assert!(!world.browser().logout_due.get());
}

#[test]
fn rule_13_it_is_told_as_soon_as_the_network_is_back() {
    let world = World::signed_in();
    world.client.log_out();
    world.settle();
    world.answer("/auth/log_out", Err(Unreachable));
    for _ in 0..6 {
        world.advance(30_000.0);
        world.answer("/auth/log_out", Err(Unreachable));
    }
    world.wake(PageEvent::Online);
    world.answer("/auth/log_out", ok());
    assert_eq!(world.client.session().state(), LOGGED_OUT);
    world.advance(60_000.0);
    assert!(world.wire().is_empty(), "once is enough");
}

#[test]
fn rule_13_a_page_that_is_loaded_meanwhile_logs_nobody_in_again() {
    let world = World::signed_in();
    world.client.log_out();
    world.settle();
    world.answer("/auth/log_out", Err(Unreachable));
    let reloaded = World::tab_of(world.browser());
    reloaded.client.start();
    reloaded.settle();
    assert_eq!(reloaded.client.session().state(), UNCONFIRMED);
    assert_eq!(reloaded.wire(), ["POST /auth/log_out -"]);
    reloaded.answer("/auth/log_out", ok());
    assert_eq!(reloaded.client.session().state(), LOGGED_OUT);
    // The first page finds out that it has nothing left to tell.
    world.advance(30_000.0);
    assert!(world.wire().is_empty());
    assert_eq!(world.client.session().state(), LOGGED_OUT);
}

#[test]
fn a_login_takes_the_place_of_a_logout_that_is_still_to_be_told() {
    let world = World::signed_in();
    world.client.log_out();
    world.settle();
    assert!(world.begin(Ok(tokens_of_another("u1"))));
    assert!(world.wire().is_empty(), "its answer would clear the cookie of the login");
    assert!(!world.browser().logout_due.get());
    world.advance(60_000.0);
    assert!(world.wire().is_empty());
    assert_eq!(world.client.session().state(), SessionState::SignedIn);
}

#[test]
fn a_login_that_fails_leaves_the_logout_to_be_told() {
    let world = World::signed_in();
    world.client.log_out();
    world.settle();
    assert!(!world.begin(Err(AppError::new(ErrorCode::InvalidCredentials))));
    assert!(world.browser().logout_due.get());
    assert_eq!(world.wire(), ["POST /auth/log_out -"]);
}

#[test]
fn a_login_waits_for_the_turn_that_another_tab_has() {
    let other = World::signed_in();
    drop(other.client.refresher().refresh());
    other.settle();
    let world = World::tab_of(other.browser());
    let client = std::rc::Rc::clone(&world.client);
    world.run(async move {
        let _ = client.begin(Box::pin(async { Ok(tokens_of_another("u1")) })).await;
    });
    assert!(world.client.session().held().is_none());
    other.answer_refresh("t2");
    world.settle();
    assert!(world.client.session().held().is_none(), "the news of it is still on its way");
    other.advance(100.0);
    world.settle();
    assert_eq!(world.client.session().held().unwrap().token.expose_secret(), "u1");
}

#[test]
fn a_browser_that_refuses_cookies_is_said_so_and_nothing_loops() {
    let world = World::starting();
    world.browser().refuses_cookies.set(true);
    world.client.start();
    world.settle();
    world.answer("/auth/refresh", problem(ErrorCode::RefreshTokenMissing));
    let session = world.client.session().snapshot();
    assert_eq!(session.state, SessionState::SignedOut(SignedOutReason::NoSession));
    assert!(!session.keeps_cookies);
    assert!(world.begin(Ok(tokens("t1", 60))));
    world.advance(61_000.0);
    let call = world.get("/api/a");
    world.answer("/api/a", expired(401));
    world.answer("/auth/refresh", problem(ErrorCode::RefreshTokenMissing));
    assert_eq!(call.error().unwrap().code, ErrorCode::RefreshTokenMissing);
    let refused = SessionState::SignedOut(SignedOutReason::CookieRefused);
    assert_eq!(world.client.session().state(), refused);
    world.advance(60_000.0);
    assert!(world.wire().is_empty());
}

/// The server leaves such a cookie in place, so every load of a page repeats this.
#[test]
fn a_refresh_token_of_unknown_origin_is_no_session_and_nothing_loops() {
    let world = World::starting();
    let call = world.get("/api/a");
    world.answer("/auth/refresh", problem(ErrorCode::RefreshTokenInvalid));
    let signed_out = SessionState::SignedOut(SignedOutReason::NoSession);
    assert_eq!(world.client.session().state(), signed_out);
    assert_eq!(world.wire(), ["GET /api/a -"]);
    world.answer("/api/a", problem(ErrorCode::AccessTokenMissing));
    assert_eq!(call.status(), Some(401));
    world.advance(60_000.0);
    assert!(world.wire().is_empty());
    assert_eq!(world.refreshes(), 1);
    assert!(world.begin(Ok(tokens("t1", 60))), "a login overwrites the cookie");
    assert_eq!(world.client.session().state(), SessionState::SignedIn);
}

#[test]
fn a_login_whose_answer_cannot_be_used_is_no_login() {
    for (token, seconds) in [("", 60), ("t1", 0), ("two\r\nlines", 60), ("späße", 60)] {
        let world = World::starting();
        assert!(!world.begin(Ok(tokens(token, seconds))), "{token:?}");
        assert!(world.client.session().held().is_none());
    }
    assert!(World::starting().begin(Ok(tokens("eyJ.a-b_c.d~+/=", 1))));
    assert!(ok_tokens("t1", 60).is_ok());
}

#[test]
fn a_login_that_hangs_leaves_a_logout_remembered_for_the_next_page() {
    let world = World::signed_in();
    world.client.log_out();
    world.settle();
    world.answer("/auth/log_out", Err(Unreachable));
    let client = std::rc::Rc::clone(&world.client);
    world.run(async move { drop(client.begin(Box::pin(futures::future::pending())).await) });
    assert!(world.browser().logout_due.get());
    world.advance(30_000.0);
    assert_eq!(
        world.wire(),
        ["POST /auth/log_out -"],
        "the login was given up, the logout goes on"
    );
}

#[test]
fn a_failed_login_lets_what_it_interrupted_go_on() {
    for is_offline in [false, true] {
        let world = World::starting();
        world.client.start();
        world.settle();
        if is_offline {
            world.answer("/auth/refresh", Err(Unreachable));
        }
        assert!(!world.begin(Err(AppError::new(ErrorCode::InvalidCredentials))));
        assert_eq!(world.wire(), ["POST /auth/refresh -"]);
        world.answer("/auth/refresh", problem(ErrorCode::RefreshTokenMissing));
        let signed_out = SessionState::SignedOut(SignedOutReason::NoSession);
        assert_eq!(world.client.session().state(), signed_out);
    }
}

#[test]
fn a_login_that_nobody_waits_for_any_more_lets_what_it_interrupted_go_on() {
    let world = World::starting();
    world.client.start();
    world.settle();
    let client = std::rc::Rc::clone(&world.client);
    let (login, gone) = futures::future::abortable(async move {
        drop(client.begin(Box::pin(futures::future::pending())).await);
    });
    world.run(login.map(|_| ()));
    assert!(world.wire().is_empty());
    gone.abort();
    world.settle();
    assert_eq!(world.wire(), ["POST /auth/refresh -"]);
    world.answer_refresh("t1");
    assert_eq!(world.client.session().state(), SessionState::SignedIn);
}

#[test]
fn nothing_is_refreshed_while_a_login_is_under_way() {
    let world = World::starting();
    world.client.start();
    world.settle();
    world.answer("/auth/refresh", Err(Unreachable));
    let (client, (send, receive)) =
        (std::rc::Rc::clone(&world.client), futures::channel::oneshot::channel());
    let login = async move { Ok(receive.await.unwrap()) };
    world.run(async move { client.begin(Box::pin(login)).await.unwrap() });
    world.advance(20_000.0);
    let _call = world.get("/api/a");
    assert!(world.wire().is_empty(), "its answer could take the place of the new cookie");
    send.send(tokens("t1", 60)).unwrap();
    world.settle();
    assert_eq!(world.client.session().state(), SessionState::SignedIn);
    drop(world.client.refresher().refresh());
    world.settle();
    assert_eq!(world.wire(), ["POST /auth/refresh -"]);
}

#[test]
fn a_logout_that_only_another_tab_can_still_tell_is_told_by_it() {
    let world = World::signed_in();
    let other = World::tab_of(world.browser());
    other.client.session().replace(tokens("t1", 60), other.now()).unwrap();
    world.client.log_out();
    world.settle();
    world.answer("/auth/log_out", Err(Unreachable));
    other.hear(&world);
    let browser = std::rc::Rc::clone(world.browser());
    drop(world);
    other.wake(PageEvent::Online);
    other.answer("/auth/log_out", ok());
    assert!(!browser.logout_due.get());
}

#[test]
fn a_server_that_names_a_time_is_told_of_the_logout_then() {
    let world = World::signed_in();
    world.client.log_out();
    world.settle();
    let error = AppError::new(ErrorCode::RateLimited).retry_after(20);
    world.answer("/auth/log_out", problem_of(&error));
    world.advance(19_000.0);
    assert!(world.wire().is_empty());
    world.advance(1_000.0);
    assert_eq!(world.wire(), ["POST /auth/log_out -"]);
}

#[test]
fn a_page_that_wakes_during_a_login_tells_nothing_that_could_clear_its_cookie() {
    for locks in [Locks::InOrder, Locks::Absent] {
        let world = World::signed_in();
        world.browser().locks.set(locks);
        world.client.log_out();
        world.settle();
        world.answer("/auth/log_out", Err(Unreachable));
        let (send, receive) = futures::channel::oneshot::channel();
        let client = std::rc::Rc::clone(&world.client);
        let login = async move { Ok(receive.await.unwrap()) };
        world.run(async move { client.begin(Box::pin(login)).await.unwrap() });
        // Another tab of the same browser is opened meanwhile.
        let other = World::tab_of(world.browser());
        if locks == Locks::InOrder {
            other.client.start();
            other.settle();
        }
        world.wake(PageEvent::Online);
        world.client.farewell().resume();
        world.settle();
        assert!(world.wire().is_empty() && other.wire().is_empty(), "{locks:?}");
        send.send(tokens_of_another("u1")).unwrap();
        world.settle();
        other.settle();
        assert_eq!(world.client.session().state(), SessionState::SignedIn);
        assert!(world.wire().is_empty() && other.wire().is_empty());
        assert!(!world.browser().logout_due.get());
    }
}

#[test]
fn a_page_that_missed_a_logout_elsewhere_catches_up_and_tells_it() {
    for is_out_of_reach in [false, true] {
        let world = World::signed_in();
        if is_out_of_reach {
            drop(world.client.refresher().refresh());
            world.settle();
            world.answer("/auth/refresh", Err(Unreachable));
        }
        world.browser().logout_due.set(true);
        world.wake(PageEvent::Restored);
        assert_eq!(world.client.session().state(), UNCONFIRMED);
        assert_eq!(world.wire(), ["POST /auth/log_out -"]);
        world.answer("/auth/log_out", ok());
        assert_eq!(world.client.session().state(), LOGGED_OUT);
    }
}

/// Such as the outbox of a demo, which wants no token.
#[test]
fn who_was_not_logged_in_loads_on_without_a_token_where_another_tab_logs_out() {
    let world = World::starting();
    world.browser().logout_due.set(true);
    let call = world.get("/api/outbox");
    assert_eq!(world.wire(), ["GET /api/outbox -", "POST /auth/log_out -"]);
    world.answer("/api/outbox", ok());
    assert_eq!(call.status(), Some(200));
}

#[test]
fn a_refresh_that_waited_for_its_turn_does_not_bring_back_what_was_ended_meanwhile() {
    let world = World::signed_in();
    let other = World::tab_of(world.browser());
    drop(other.client.refresher().refresh());
    other.settle();
    drop(world.client.refresher().refresh());
    world.settle();
    assert!(world.wire().is_empty());
    world.browser().logout_due.set(true);
    drop(other);
    world.settle();
    assert_eq!(world.client.session().state(), UNCONFIRMED);
    assert!(!world.wire().contains(&"POST /auth/refresh -".to_owned()));
}

/// Nothing wakes this page: it is in sight, and the server is away for a while.
#[test]
fn a_page_that_tries_again_by_itself_does_not_bring_back_what_was_ended_elsewhere() {
    let world = World::signed_in();
    drop(world.client.refresher().refresh());
    world.settle();
    world.answer("/auth/refresh", Err(Unreachable));
    world.browser().logout_due.set(true);
    world.advance(30_000.0);
    assert_eq!(world.client.session().state(), UNCONFIRMED);
    assert_eq!(world.wire(), ["POST /auth/log_out -"]);
}

#[test]
fn to_be_looked_at_is_no_reason_to_tell_it_earlier_than_the_server_wants() {
    let world = World::signed_in();
    world.client.log_out();
    world.settle();
    let error = AppError::new(ErrorCode::RateLimited).retry_after(60);
    world.answer("/auth/log_out", problem_of(&error));
    world.wake(PageEvent::Shown);
    assert!(world.wire().is_empty());
}
