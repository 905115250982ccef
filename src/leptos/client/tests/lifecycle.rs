//! Page events: visibility, the back/forward cache and the network.

use super::{
    responses::{ok, problem_of, response_of, revoked, tokens_of_another},
    scripted_platform::SharedBrowser,
    world::{LOGGED_OUT_ELSEWHERE, World},
};
use crate::client::{
    lifecycle::PageEvent,
    platform::Unreachable,
    state::{LogoutReason, SessionState},
};
use handstamp_protocol::error::{AppError, EndReason, ErrorCode};
use std::rc::Rc;

#[test]
fn rule_10_a_page_that_becomes_visible_checks_its_session() {
    let browser = Rc::default();
    let tab = &World::tabs(&browser, 1)[0];
    tab.page_event(PageEvent::Shown);
    assert!(tab.in_flight().is_empty(), "the token is valid");
    tab.advance(3_600_000.0);
    tab.page_event(PageEvent::Shown);
    assert_eq!(tab.in_flight(), ["POST /auth/refresh -"]);
    tab.answer("/auth/refresh", Err(Unreachable));
    assert_eq!(tab.state(), SessionState::Offline(ErrorCode::Offline));
    tab.page_event(PageEvent::Online);
    tab.answer_refresh("t2");
    assert_eq!(tab.state(), SessionState::LoggedIn);
}

#[test]
fn rule_10_an_offline_event_is_verified_at_the_server() {
    let browser = Rc::default();
    let tab = &World::tabs(&browser, 1)[0];
    tab.page_event(PageEvent::Offline);
    tab.answer("/auth/refresh", Err(Unreachable));
    assert_eq!(tab.state(), SessionState::Offline(ErrorCode::Offline));
    assert_eq!(tab.client.session.snapshot().user.unwrap().username, "ada");
}

#[test]
fn rule_10_simultaneous_events_cause_one_check() {
    let browser = Rc::default();
    let tab = &World::tabs(&browser, 1)[0];
    tab.advance(3_600_000.0);
    for event in [PageEvent::Shown, PageEvent::Online, PageEvent::Offline, PageEvent::Shown] {
        let client = Rc::clone(&tab.client);
        tab.run(async move { client.lifecycle.on_event(event).await });
    }
    tab.advance(500.0);
    tab.answer("/auth/refresh", Err(Unreachable));
    assert_eq!(tab.refreshes(), 1);
}

#[test]
fn rule_10_a_restored_page_refreshes() {
    let browser = Rc::default();
    let tab = &World::tabs(&browser, 1)[0];
    tab.page_event(PageEvent::Restored);
    tab.answer("/auth/refresh", revoked(EndReason::LoggedOut));
    assert_eq!(tab.state(), LOGGED_OUT_ELSEWHERE);
}

/// The backoff does not apply either, because the page may show another user's data.
#[test]
fn rule_10_a_restored_page_refreshes_without_delay() {
    let browser = Rc::default();
    let tab = &World::tabs(&browser, 1)[0];
    drop(tab.client.refresher.refresh());
    tab.settle();
    tab.answer("/auth/refresh", problem_of(&AppError::new(ErrorCode::Unavailable).retry_after(60)));
    // In the order in which browsers fire the events.
    for event in [PageEvent::Shown, PageEvent::Restored] {
        let client = Rc::clone(&tab.client);
        tab.run(async move { client.lifecycle.on_event(event).await });
    }
    assert_eq!(tab.in_flight(), ["POST /auth/refresh -"]);
    tab.answer_refresh("t2");
    tab.advance(500.0);
    assert!(tab.in_flight().is_empty(), "one refresh for both events");
}

#[test]
fn rule_10_a_restored_page_finds_a_login_that_it_missed() {
    for (answer, state) in [
        (response_of(&tokens_of_another("u1")), SessionState::LoggedIn),
        (ok(), SessionState::LoggedOut(LogoutReason::LoggedOut)),
        (Err(Unreachable), SessionState::LoggedOut(LogoutReason::LoggedOut)),
    ] {
        let browser = Rc::default();
        let tab = &World::tabs(&browser, 1)[0];
        tab.client.log_out();
        tab.settle();
        tab.answer("/auth/log_out", ok());
        tab.page_event(PageEvent::Restored);
        let refresh = tab.answer("/auth/refresh", answer);
        assert_eq!(refresh.body.as_deref(), Some(br#"{"if_any":true}"#.as_slice()));
        assert_eq!(tab.state(), state);
        tab.advance(60_000.0);
        assert!(tab.in_flight().is_empty(), "a logged-out page does not retry");
    }
}

#[test]
fn without_a_channel_a_page_that_becomes_visible_refreshes() {
    let browser = Rc::new(SharedBrowser::default());
    browser.has_no_channel.set(true);
    let tab = &World::tabs(&browser, 1)[0];
    tab.page_event(PageEvent::Shown);
    tab.answer("/auth/refresh", revoked(EndReason::LoggedOut));
    assert_eq!(tab.state(), LOGGED_OUT_ELSEWHERE);
}

/// A login on that page would end the session of the other tab.
#[test]
fn without_a_channel_a_logged_out_page_finds_a_login_in_another_tab() {
    for has_no_channel in [true, false] {
        let browser = Rc::new(SharedBrowser::default());
        browser.has_no_channel.set(has_no_channel);
        let tab = World::tab(&browser);
        tab.client.session.end(LogoutReason::NoSession);
        tab.page_event(PageEvent::Shown);
        assert_eq!(
            !tab.in_flight().is_empty(),
            has_no_channel,
            "with a channel there would be a message"
        );
        if has_no_channel {
            let refresh = tab.answer("/auth/refresh", response_of(&tokens_of_another("u1")));
            assert_eq!(refresh.body.unwrap().as_ref(), br#"{"if_any":true}"#);
            assert_eq!(tab.token().as_deref(), Some("u1"));
        }
    }
}

#[test]
fn becoming_visible_does_not_override_retry_after() {
    let tab = World::starting();
    tab.client.lifecycle.on_start();
    tab.settle();
    let error = AppError::new(ErrorCode::RateLimited).retry_after(60);
    tab.answer("/auth/refresh", problem_of(&error));
    for _ in 0..5 {
        tab.page_event(PageEvent::Shown);
        assert!(tab.in_flight().is_empty());
    }
    tab.advance(60_000.0);
    assert_eq!(tab.in_flight(), ["POST /auth/refresh -"]);
}
