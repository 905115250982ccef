//! Logins, and the refreshes and logouts that they interrupt.

use super::{
    responses::{problem, tokens, tokens_of_another},
    scripted_platform::Locks,
    world::World,
};
use crate::client::{
    lifecycle::PageEvent,
    platform::Unreachable,
    state::{LogoutReason, SessionState},
};
use futures::{FutureExt, channel::oneshot, future};
use handstamp_protocol::error::{AppError, ErrorCode};
use std::rc::Rc;

#[test]
fn a_login_replaces_a_pending_logout() {
    let world = World::logged_in();
    world.client.log_out();
    world.settle();
    assert!(world.log_in(Ok(tokens_of_another("u1"))));
    assert!(world.in_flight().is_empty(), "its response would clear the cookie of the login");
    assert!(!world.browser().pending_logout.get());
    world.advance(60_000.0);
    assert!(world.in_flight().is_empty());
    assert_eq!(world.state(), SessionState::LoggedIn);
}

#[test]
fn a_failed_login_resumes_the_pending_logout() {
    let world = World::logged_in();
    world.client.log_out();
    world.settle();
    assert!(!world.log_in(Err(AppError::new(ErrorCode::InvalidCredentials))));
    assert!(world.browser().pending_logout.get());
    assert_eq!(world.in_flight(), ["POST /auth/log_out -"]);
}

#[test]
fn a_login_waits_for_the_lock_of_another_tab() {
    let other = World::logged_in();
    drop(other.client.refresher.refresh());
    other.settle();
    let world = World::tab(other.browser());
    let client = Rc::clone(&world.client);
    world.run(async move {
        let _ = client.login.log_in(Box::pin(async { Ok(tokens_of_another("u1")) })).await;
    });
    assert!(world.client.session.held().is_none());
    other.answer_refresh("t2");
    world.settle();
    assert!(
        world.client.session.held().is_none(),
        "the lock is held until the broadcast has arrived"
    );
    other.advance(100.0);
    world.settle();
    assert_eq!(world.client.session.held().unwrap().token.expose_secret(), "u1");
}

#[test]
fn a_login_with_unusable_tokens_fails() {
    for (token, seconds) in [("", 60), ("t1", 0), ("two\r\nlines", 60), ("späße", 60)] {
        let world = World::starting();
        assert!(!world.log_in(Ok(tokens(token, seconds))), "{token:?}");
        assert!(world.client.session.held().is_none());
    }
    assert!(World::starting().log_in(Ok(tokens("eyJ.a-b_c.d~+/=", 1))));
}

#[test]
fn a_login_that_times_out_resumes_the_pending_logout() {
    let world = World::logged_in();
    world.client.log_out();
    world.settle();
    world.answer("/auth/log_out", Err(Unreachable));
    let client = Rc::clone(&world.client);
    world.run(async move { drop(client.login.log_in(Box::pin(future::pending())).await) });
    assert!(world.browser().pending_logout.get());
    world.advance(30_000.0);
    assert_eq!(
        world.in_flight(),
        ["POST /auth/log_out -"],
        "the login has timed out and the logout resumes"
    );
}

#[test]
fn a_failed_login_resumes_the_paused_refresh() {
    for is_offline in [false, true] {
        let world = World::starting();
        world.client.lifecycle.on_start();
        world.settle();
        if is_offline {
            world.answer("/auth/refresh", Err(Unreachable));
        }
        assert!(!world.log_in(Err(AppError::new(ErrorCode::InvalidCredentials))));
        assert_eq!(world.in_flight(), ["POST /auth/refresh -"]);
        world.answer("/auth/refresh", problem(ErrorCode::RefreshTokenMissing));
        let logged_out = SessionState::LoggedOut(LogoutReason::NoSession);
        assert_eq!(world.state(), logged_out);
    }
}

#[test]
fn a_cancelled_login_resumes_the_paused_refresh() {
    let world = World::starting();
    world.client.lifecycle.on_start();
    world.settle();
    let client = Rc::clone(&world.client);
    let (login, abort) = future::abortable(async move {
        drop(client.login.log_in(Box::pin(future::pending())).await);
    });
    world.run(login.map(|_| ()));
    assert!(world.in_flight().is_empty());
    abort.abort();
    world.settle();
    assert_eq!(world.in_flight(), ["POST /auth/refresh -"]);
    world.answer_refresh("t1");
    assert_eq!(world.state(), SessionState::LoggedIn);
}

#[test]
fn no_refresh_starts_during_a_login() {
    let world = World::starting();
    world.client.lifecycle.on_start();
    world.settle();
    world.answer("/auth/refresh", Err(Unreachable));
    let (client, (send, receive)) = (Rc::clone(&world.client), oneshot::channel());
    let login = async move { Ok(receive.await.unwrap()) };
    world.run(async move { client.login.log_in(Box::pin(login)).await.unwrap() });
    world.advance(20_000.0);
    let _call = world.get("/api/a");
    assert!(world.in_flight().is_empty(), "its response could overwrite the new cookie");
    send.send(tokens("t1", 60)).unwrap();
    world.settle();
    assert_eq!(world.state(), SessionState::LoggedIn);
    drop(world.client.refresher.refresh());
    world.settle();
    assert_eq!(world.in_flight(), ["POST /auth/refresh -"]);
}

#[test]
fn no_logout_is_sent_during_a_login() {
    for locks in [Locks::InOrder, Locks::Absent] {
        let world = World::logged_in();
        world.browser().locks.set(locks);
        world.client.log_out();
        world.settle();
        world.answer("/auth/log_out", Err(Unreachable));
        let (send, receive) = oneshot::channel();
        let client = Rc::clone(&world.client);
        let login = async move { Ok(receive.await.unwrap()) };
        world.run(async move { client.login.log_in(Box::pin(login)).await.unwrap() });
        // Another tab of the same browser is opened.
        let other = World::tab(world.browser());
        if locks == Locks::InOrder {
            other.client.lifecycle.on_start();
            other.settle();
        }
        world.page_event(PageEvent::Online);
        world.client.pending_logout.resume();
        world.settle();
        assert!(world.in_flight().is_empty() && other.in_flight().is_empty(), "{locks:?}");
        send.send(tokens_of_another("u1")).unwrap();
        world.settle();
        other.settle();
        assert_eq!(world.state(), SessionState::LoggedIn);
        assert!(world.in_flight().is_empty() && other.in_flight().is_empty());
        assert!(!world.browser().pending_logout.get());
    }
}
