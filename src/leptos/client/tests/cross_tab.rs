//! Several tabs of one browser, which share its cookies, its lock and its channel.

use super::{
    responses::{expired, ok, response_of, revoked, tokens, tokens_of_another},
    scripted_platform::{Locks, SharedBrowser},
    world::{LOGGED_OUT_ELSEWHERE, World},
};
use crate::client::{
    cross_tab::Message,
    lifecycle::PageEvent,
    state::{LogoutReason, SessionState},
    trace::Event,
};
use handstamp_protocol::error::{EndReason, ErrorCode};
use std::rc::Rc;

#[test]
fn rule_11_ten_tabs_that_start_together_send_one_refresh() {
    let browser = Rc::default();
    let tabs: Vec<World> = (0..10).map(|_| World::tab(&browser)).collect();
    for tab in &tabs {
        tab.client.lifecycle.on_start();
        tab.settle();
    }
    let refreshing: Vec<usize> = (0..10).filter(|n| !tabs[*n].in_flight().is_empty()).collect();
    assert_eq!(refreshing, [0], "the others wait for the lock");
    tabs[0].answer_refresh("t1");
    let messages = tabs[0].broadcasts();
    for tab in &tabs[1..] {
        messages.iter().cloned().for_each(|message| tab.client.cross_tab.on_message(message));
    }
    for tab in &tabs {
        tab.settle();
        assert_eq!(tab.token().as_deref(), Some("t1"));
        assert_eq!(tab.state(), SessionState::LoggedIn);
    }
    assert_eq!(tabs.iter().map(World::refreshes).sum::<usize>(), 1);
}

#[test]
fn rule_11_without_locks_every_tab_refreshes_once_and_stays_logged_in() {
    let browser = Rc::new(SharedBrowser::default());
    browser.locks.set(Locks::Absent);
    browser.has_no_channel.set(true);
    for tab in World::tabs(&browser, 10) {
        let call = tab.get("/api/a");
        tab.answer("/api/a", expired(401));
        tab.answer_refresh("t2");
        tab.answer("/api/a", ok());
        assert_eq!((call.status(), tab.refreshes()), (Some(200), 1));
    }
}

#[test]
fn rule_11_a_lock_that_is_never_released_is_ignored_after_a_timeout() {
    let browser = Rc::new(SharedBrowser::default());
    browser.locks.set(Locks::Stuck);
    let tab = &World::tabs(&browser, 1)[0];
    let call = tab.get("/api/a");
    tab.answer("/api/a", expired(401));
    tab.advance(1999.0);
    assert!(tab.in_flight().is_empty() && call.is_waiting());
    tab.advance(1.0);
    tab.answer_refresh("t2");
    tab.answer("/api/a", ok());
    assert_eq!(call.status(), Some(200));
}

#[test]
fn rule_11_a_tab_that_is_closed_releases_the_lock() {
    let browser = Rc::default();
    let mut tabs = World::tabs(&browser, 2);
    for tab in &tabs {
        drop(tab.client.refresher.refresh());
        tab.settle();
    }
    assert!(!tabs[0].in_flight().is_empty() && tabs[1].in_flight().is_empty());
    drop(tabs.remove(0));
    tabs[0].settle();
    assert_eq!(tabs[0].in_flight(), ["POST /auth/refresh -"]);
}

#[test]
fn rule_11_a_refused_request_is_retried_with_the_token_of_another_tab() {
    let browser = Rc::default();
    let tabs = World::tabs(&browser, 2);
    drop(tabs[0].client.refresher.refresh());
    tabs[0].settle();
    let call = tabs[1].get("/api/a");
    tabs[1].answer("/api/a", expired(401));
    assert!(tabs[1].in_flight().is_empty());
    // The token arrives 200 ms after it was issued, and is newer nevertheless.
    tabs[1].advance(200.0);
    tabs[0].answer_refresh("t2");
    tabs[1].receive_from(&tabs[0]);
    assert_eq!(tabs[1].in_flight(), ["GET /api/a t2"]);
    tabs[1].answer("/api/a", ok());
    assert_eq!((call.status(), tabs[1].refreshes()), (Some(200), 0));
    assert!(tabs[1].client.trace.events().contains(&Event::TokenReceived { generation: 2 }));
}

#[test]
fn rule_12_a_logout_in_one_tab_applies_to_all_and_late_responses_are_discarded() {
    let browser = Rc::default();
    let tabs = World::tabs(&browser, 3);
    // The second tab is refreshing, and a fourth one starts.
    let call = tabs[1].get("/api/a");
    tabs[1].answer("/api/a", expired(401));
    let starting = World::tab(&browser);
    browser.locks.set(Locks::Absent);
    starting.client.lifecycle.on_start();
    starting.settle();

    tabs[0].client.log_out();
    tabs[0].settle();
    let messages = tabs[0].broadcasts();
    for tab in [&tabs[1], &tabs[2], &starting] {
        messages.iter().cloned().for_each(|message| tab.client.cross_tab.on_message(message));
    }
    assert_eq!(tabs[1].state(), LOGGED_OUT_ELSEWHERE);
    assert_eq!(tabs[2].state(), LOGGED_OUT_ELSEWHERE);
    tabs[1].answer_refresh("t2");
    assert_eq!(call.error().unwrap().code, ErrorCode::SessionRevoked);
    starting.answer_refresh("t2");
    for tab in [&tabs[1], &starting] {
        assert!(tab.token().is_none());
        assert_eq!(tab.state(), LOGGED_OUT_ELSEWHERE);
    }
}

#[test]
fn rule_12_a_logged_out_tab_applies_later_logouts_too() {
    let browser = Rc::default();
    let tab = &World::tabs(&browser, 1)[0];
    tab.client.session.end(LogoutReason::LoggedOut);
    // The restored page refreshes a session of another tab, which ends before the response.
    tab.page_event(PageEvent::Restored);
    let another = tokens_of_another("u1");
    let ended = another.session_id.clone();
    tab.client.cross_tab.on_message(Message::Ended(ended, LogoutReason::LoggedOut));
    tab.answer("/auth/refresh", response_of(&another));
    assert!(tab.token().is_none());
    assert_eq!(tab.state(), LOGGED_OUT_ELSEWHERE);
    // The previous session is still known to have ended.
    tab.client.cross_tab.on_message(Message::Refreshed(tokens("t9", 600)));
    tab.settle();
    assert!(tab.token().is_none());
}

#[test]
fn an_older_token_of_another_tab_is_ignored() {
    let tab = World::starting();
    tab.client.session.replace(tokens("new", 60), tab.now()).unwrap();
    tab.client.cross_tab.on_message(Message::Refreshed(tokens("old", 59)));
    assert_eq!(tab.token().as_deref(), Some("new"));
}

#[test]
fn a_session_that_the_server_ended_shows_its_reason_in_every_tab() {
    let browser = Rc::default();
    let tabs = World::tabs(&browser, 2);
    drop(tabs[0].client.refresher.refresh());
    tabs[0].settle();
    tabs[0].answer("/auth/refresh", revoked(EndReason::Reuse));
    tabs[1].receive_from(&tabs[0]);
    let reuse = SessionState::LoggedOut(LogoutReason::Revoked(Some(EndReason::Reuse)));
    assert_eq!(tabs[1].state(), reuse);
    assert!(tabs[1].in_flight().is_empty());
}

#[test]
fn a_login_as_another_user_applies_to_all_tabs_and_late_responses_are_discarded() {
    let browser = Rc::default();
    let tabs = World::tabs(&browser, 2);
    let read = tabs[1].get("/api/posts");
    assert!(tabs[0].log_in(Ok(tokens_of_another("u1"))));
    tabs[1].receive_from(&tabs[0]);
    let session = tabs[1].client.session.snapshot();
    assert_eq!(session.user.unwrap().username, "bob");
    // The data of the first user is not shown to the second.
    tabs[1].answer("/api/posts", ok());
    assert_eq!(read.error().unwrap().code, ErrorCode::SessionRevoked);
    let own = tabs[1].get("/api/posts");
    assert_eq!(tabs[1].in_flight(), ["GET /api/posts u1"]);
    tabs[1].answer("/api/posts", ok());
    assert_eq!(own.status(), Some(200));
}

#[test]
fn a_login_in_another_tab_cancels_the_refresh_of_the_previous_session() {
    let browser = Rc::new(SharedBrowser::default());
    browser.locks.set(Locks::Absent);
    let tabs = World::tabs(&browser, 2);
    drop(tabs[1].client.refresher.refresh());
    tabs[1].settle();
    tabs[0].log_in(Ok(tokens_of_another("u1")));
    tabs[1].receive_from(&tabs[0]);
    assert!(tabs[1].in_flight().is_empty(), "its response would overwrite the cookie");
    assert_eq!(tabs[1].token().as_deref(), Some("u1"));
}

#[test]
fn late_messages_about_the_previous_session_are_ignored() {
    let browser = Rc::default();
    let tab = &World::tabs(&browser, 1)[0];
    tab.client.cross_tab.on_message(Message::Began(tokens_of_another("u1")));
    tab.client.cross_tab.on_message(Message::Ended("s1".to_owned(), LogoutReason::LoggedOut));
    assert_eq!(tab.state(), SessionState::LoggedIn);
    tab.client.cross_tab.on_message(Message::Refreshed(tokens("t9", 600)));
    tab.settle();
    assert_eq!(tab.token().as_deref(), Some("u1"));
    assert!(tab.in_flight().is_empty());
}

#[test]
fn a_refresh_of_an_unknown_session_is_verified_at_the_server() {
    let browser = Rc::default();
    let tab = &World::tabs(&browser, 1)[0];
    tab.client.cross_tab.on_message(Message::Refreshed(tokens_of_another("u2")));
    tab.settle();
    assert_eq!(
        tab.token().as_deref(),
        Some("t1"),
        "only the server knows the session of the cookie"
    );
    assert_eq!(tab.in_flight(), ["POST /auth/refresh -"]);
}

#[test]
fn a_login_message_about_a_known_session_cancels_no_request() {
    let browser = Rc::default();
    let tab = &World::tabs(&browser, 1)[0];
    let call = tab.get("/api/a");
    tab.client.cross_tab.on_message(Message::Began(tokens("older", 59)));
    tab.answer("/api/a", ok());
    assert_eq!((call.status(), tab.token().as_deref()), (Some(200), Some("t1")));
    tab.client.session.end(LogoutReason::LoggedOut);
    tab.client.cross_tab.on_message(Message::Began(tokens("late", 60)));
    assert!(tab.token().is_none());
}

#[test]
fn a_logout_in_another_tab_cancels_the_refresh_of_this_one() {
    let browser = Rc::new(SharedBrowser::default());
    browser.locks.set(Locks::Absent);
    let tab = &World::tabs(&browser, 1)[0];
    drop(tab.client.refresher.refresh());
    tab.settle();
    tab.client.cross_tab.on_message(Message::Ended("s1".to_owned(), LogoutReason::LoggedOut));
    tab.settle();
    assert!(tab.in_flight().is_empty(), "its response would set the cookie of an ended session");
}
