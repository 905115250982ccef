//! Several tabs of one browser, which share its cookies, its locks and its channel.

use super::world::{
    Locks, Shared, World, answer_of, expired, ok, problem, problem_of, revoked, tokens,
    tokens_of_another,
};
use crate::{
    auth::client::{
        cross_tab::Message,
        lifecycle::PageEvent,
        platform::Unreachable,
        state::{SessionState, SignedOutReason},
        trace::Event,
    },
    protocol::error::{AppError, EndReason, ErrorCode},
};
use std::rc::Rc;

const LOGGED_OUT_ELSEWHERE: SessionState =
    SessionState::SignedOut(SignedOutReason::Revoked(Some(EndReason::LoggedOut)));

/// Tabs that are all logged in with `t1`.
fn tabs(browser: &Rc<Shared>, count: usize) -> Vec<World> {
    let tabs: Vec<World> = (0..count).map(|_| World::tab_of(browser)).collect();
    for tab in &tabs {
        tab.client.session().replace(tokens("t1", 60), tab.now()).unwrap();
    }
    tabs
}

fn token(tab: &World) -> Option<String> {
    tab.client.session().held().map(|held| held.token.expose_secret().to_owned())
}

#[test]
fn rule_11_ten_tabs_that_start_at_once_make_one_refresh() {
    let browser = Rc::default();
    let tabs: Vec<World> = (0..10).map(|_| World::tab_of(&browser)).collect();
    for tab in &tabs {
        tab.client.start();
        tab.settle();
    }
    let asking: Vec<usize> = (0..10).filter(|n| !tabs[*n].wire().is_empty()).collect();
    assert_eq!(asking, [0], "the others wait for their turn");
    tabs[0].answer_refresh("t1");
    let news = tabs[0].told();
    for tab in &tabs[1..] {
        news.iter().cloned().for_each(|message| tab.client.hear(message));
    }
    for tab in &tabs {
        tab.settle();
        assert_eq!(token(tab).as_deref(), Some("t1"));
        assert_eq!(tab.client.session().state(), SessionState::SignedIn);
    }
    assert_eq!(tabs.iter().map(World::refreshes).sum::<usize>(), 1);
}

#[test]
fn rule_11_without_locks_every_tab_refreshes_once_and_nobody_is_signed_out() {
    let browser = Rc::new(Shared::default());
    browser.locks.set(Locks::Absent);
    browser.has_no_channel.set(true);
    for tab in tabs(&browser, 10) {
        let call = tab.get("/api/a");
        tab.answer("/api/a", expired(401));
        tab.answer_refresh("t2");
        tab.answer("/api/a", ok());
        assert_eq!((call.status(), tab.refreshes()), (Some(200), 1));
    }
}

#[test]
fn rule_11_a_lock_that_is_stuck_is_done_without() {
    let browser = Rc::new(Shared::default());
    browser.locks.set(Locks::Stuck);
    let tab = &tabs(&browser, 1)[0];
    let call = tab.get("/api/a");
    tab.answer("/api/a", expired(401));
    tab.advance(1999.0);
    assert!(tab.wire().is_empty() && call.is_waiting());
    tab.advance(1.0);
    tab.answer_refresh("t2");
    tab.answer("/api/a", ok());
    assert_eq!(call.status(), Some(200));
}

#[test]
fn rule_11_a_tab_that_is_closed_during_its_turn_passes_it_on() {
    let browser = Rc::default();
    let mut tabs = tabs(&browser, 2);
    for tab in &tabs {
        drop(tab.client.refresher().refresh());
        tab.settle();
    }
    assert!(!tabs[0].wire().is_empty() && tabs[1].wire().is_empty());
    drop(tabs.remove(0));
    tabs[0].settle();
    assert_eq!(tabs[0].wire(), ["POST /auth/refresh -"]);
}

#[test]
fn rule_11_a_token_that_another_tab_got_serves_the_request_that_was_refused() {
    let browser = Rc::default();
    let tabs = tabs(&browser, 2);
    drop(tabs[0].client.refresher().refresh());
    tabs[0].settle();
    let call = tabs[1].get("/api/a");
    tabs[1].answer("/api/a", expired(401));
    assert!(tabs[1].wire().is_empty());
    // It comes 200 ms later than it was issued: newer all the same.
    tabs[1].advance(200.0);
    tabs[0].answer_refresh("t2");
    tabs[1].hear(&tabs[0]);
    assert_eq!(tabs[1].wire(), ["GET /api/a t2"]);
    tabs[1].answer("/api/a", ok());
    assert_eq!((call.status(), tabs[1].refreshes()), (Some(200), 0));
    assert!(tabs[1].client.trace().events().contains(&Event::TokenReceived { generation: 2 }));
}

#[test]
fn an_older_token_of_another_tab_is_ignored() {
    let tab = World::starting();
    tab.client.session().replace(tokens("new", 60), tab.now()).unwrap();
    tab.client.hear(Message::Refreshed(tokens("old", 59)));
    assert_eq!(token(&tab).as_deref(), Some("new"));
}

#[test]
fn rule_12_a_logout_in_one_tab_ends_it_in_all_and_late_answers_fall_away() {
    let browser = Rc::default();
    let tabs = tabs(&browser, 3);
    // The second one is in the middle of a refresh, the third one starts.
    let call = tabs[1].get("/api/a");
    tabs[1].answer("/api/a", expired(401));
    let starting = World::tab_of(&browser);
    browser.locks.set(Locks::Absent);
    starting.client.start();
    starting.settle();

    tabs[0].client.log_out();
    tabs[0].settle();
    let news = tabs[0].told();
    for tab in [&tabs[1], &tabs[2], &starting] {
        news.iter().cloned().for_each(|message| tab.client.hear(message));
    }
    assert_eq!(tabs[1].client.session().state(), LOGGED_OUT_ELSEWHERE);
    assert_eq!(tabs[2].client.session().state(), LOGGED_OUT_ELSEWHERE);
    tabs[1].answer_refresh("t2");
    assert_eq!(call.error().unwrap().code, ErrorCode::SessionRevoked);
    starting.answer_refresh("t2");
    for tab in [&tabs[1], &starting] {
        assert!(token(tab).is_none());
        assert_eq!(tab.client.session().state(), LOGGED_OUT_ELSEWHERE);
    }
}

#[test]
fn a_session_that_the_server_ended_shows_its_reason_in_every_tab() {
    let browser = Rc::default();
    let tabs = tabs(&browser, 2);
    drop(tabs[0].client.refresher().refresh());
    tabs[0].settle();
    tabs[0].answer("/auth/refresh", revoked(EndReason::Reuse));
    tabs[1].hear(&tabs[0]);
    let reuse = SessionState::SignedOut(SignedOutReason::Revoked(Some(EndReason::Reuse)));
    assert_eq!(tabs[1].client.session().state(), reuse);
    assert!(tabs[1].wire().is_empty());
}

#[test]
fn a_login_as_somebody_else_is_followed_and_nothing_of_two_people_is_mixed() {
    let browser = Rc::default();
    let tabs = tabs(&browser, 2);
    let read = tabs[1].get("/api/posts");
    assert!(tabs[0].begin(Ok(tokens_of_another("u1"))));
    tabs[1].hear(&tabs[0]);
    let session = tabs[1].client.session().snapshot();
    assert_eq!(session.user.unwrap().username, "bob");
    // What was read for the one is not shown to the other.
    tabs[1].answer("/api/posts", ok());
    assert_eq!(read.error().unwrap().code, ErrorCode::SessionRevoked);
    let own = tabs[1].get("/api/posts");
    assert_eq!(tabs[1].wire(), ["GET /api/posts u1"]);
    tabs[1].answer("/api/posts", ok());
    assert_eq!(own.status(), Some(200));
}

#[test]
fn a_login_cancels_what_is_still_under_way_for_the_session_before() {
    let browser = Rc::new(Shared::default());
    browser.locks.set(Locks::Absent);
    let tabs = tabs(&browser, 2);
    drop(tabs[1].client.refresher().refresh());
    tabs[1].settle();
    tabs[0].begin(Ok(tokens_of_another("u1")));
    tabs[1].hear(&tabs[0]);
    assert!(tabs[1].wire().is_empty(), "its answer would overwrite the cookie");
    assert_eq!(token(&tabs[1]).as_deref(), Some("u1"));
}

#[test]
fn a_late_word_of_the_session_before_changes_nothing() {
    let browser = Rc::default();
    let tab = &tabs(&browser, 1)[0];
    tab.client.hear(Message::Began(tokens_of_another("u1")));
    tab.client.hear(Message::Ended("s1".to_owned(), SignedOutReason::LoggedOut));
    assert_eq!(tab.client.session().state(), SessionState::SignedIn);
    tab.client.hear(Message::Refreshed(tokens("t9", 600)));
    tab.settle();
    assert_eq!(token(tab).as_deref(), Some("u1"));
    assert!(tab.wire().is_empty());
}

#[test]
fn rule_12_a_tab_that_is_logged_out_hears_of_later_logouts_too() {
    let browser = Rc::default();
    let tab = &tabs(&browser, 1)[0];
    tab.client.session().end(SignedOutReason::LoggedOut);
    // It comes back from the history, and asks for a session that another tab has begun, and ends meanwhile.
    tab.wake(PageEvent::Restored);
    let another = tokens_of_another("u1");
    let ended = another.session_id.clone();
    tab.client.hear(Message::Ended(ended, SignedOutReason::LoggedOut));
    tab.answer("/auth/refresh", answer_of(&another));
    assert!(token(tab).is_none());
    assert_eq!(tab.client.session().state(), LOGGED_OUT_ELSEWHERE);
    // Nor is the one before forgotten for it.
    tab.client.hear(Message::Refreshed(tokens("t9", 600)));
    tab.settle();
    assert!(token(tab).is_none());
}

#[test]
fn a_refresh_of_a_session_that_is_unknown_here_is_asked_about_at_the_server() {
    let browser = Rc::default();
    let tab = &tabs(&browser, 1)[0];
    tab.client.hear(Message::Refreshed(tokens_of_another("u2")));
    tab.settle();
    assert_eq!(token(tab).as_deref(), Some("t1"), "only the server knows whose the cookie is");
    assert_eq!(tab.wire(), ["POST /auth/refresh -"]);
}

#[test]
fn rule_10_a_page_that_wakes_looks_where_its_session_stands() {
    let browser = Rc::default();
    let tab = &tabs(&browser, 1)[0];
    tab.wake(PageEvent::Shown);
    assert!(tab.wire().is_empty(), "the token is good");
    tab.advance(3_600_000.0);
    tab.wake(PageEvent::Shown);
    assert_eq!(tab.wire(), ["POST /auth/refresh -"]);
    tab.answer("/auth/refresh", Err(Unreachable));
    assert_eq!(tab.client.session().state(), SessionState::Offline(ErrorCode::Offline));
    tab.wake(PageEvent::Online);
    tab.answer_refresh("t2");
    assert_eq!(tab.client.session().state(), SessionState::SignedIn);
}

#[test]
fn rule_10_where_the_browser_says_offline_the_server_is_asked() {
    let browser = Rc::default();
    let tab = &tabs(&browser, 1)[0];
    tab.wake(PageEvent::Offline);
    tab.answer("/auth/refresh", Err(Unreachable));
    assert_eq!(tab.client.session().state(), SessionState::Offline(ErrorCode::Offline));
    assert_eq!(tab.client.session().snapshot().user.unwrap().username, "ada");
}

#[test]
fn without_a_channel_a_page_that_is_looked_at_asks_the_server() {
    let browser = Rc::new(Shared::default());
    browser.has_no_channel.set(true);
    let tab = &tabs(&browser, 1)[0];
    tab.wake(PageEvent::Shown);
    tab.answer("/auth/refresh", revoked(EndReason::LoggedOut));
    assert_eq!(tab.client.session().state(), LOGGED_OUT_ELSEWHERE);
}

/// Who logs in there would end the session of whoever has logged in meanwhile.
#[test]
fn without_a_channel_a_logged_out_page_that_is_looked_at_finds_a_login_elsewhere() {
    for has_no_channel in [true, false] {
        let browser = Rc::new(Shared::default());
        browser.has_no_channel.set(has_no_channel);
        let tab = World::tab_of(&browser);
        tab.client.session().end(SignedOutReason::NoSession);
        tab.wake(PageEvent::Shown);
        assert_eq!(!tab.wire().is_empty(), has_no_channel, "a channel would have told it");
        if has_no_channel {
            let refresh = tab.answer("/auth/refresh", answer_of(&tokens_of_another("u1")));
            assert_eq!(refresh.body.unwrap().as_ref(), br#"{"if_any":true}"#);
            assert_eq!(token(&tab).as_deref(), Some("u1"));
        }
    }
}

#[test]
fn an_attempt_that_an_older_answer_cleared_is_put_back() {
    let browser = Rc::new(Shared::default());
    browser.locks.set(Locks::Absent);
    let tab = &tabs(&browser, 1)[0];
    drop(tab.client.refresher().refresh_now());
    tab.settle();
    tab.answer("/auth/refresh", Err(Unreachable));
    // The answer of an earlier refresh of another tab comes in late and clears the attempt.
    browser.attempt.take();
    drop(tab.client.refresher().refresh_now());
    tab.settle();
    assert_eq!(browser.attempt.borrow().as_deref(), Some("attempt 1"));
    tab.answer_refresh("t2");
    browser.attempt.take();
    drop(tab.client.refresher().refresh_now());
    tab.settle();
    assert_eq!(browser.attempt.borrow().as_deref(), Some("attempt 2"));
    tab.answer("/auth/refresh", problem(ErrorCode::RateLimited));
}

#[test]
fn rule_10_what_happens_at_the_same_time_is_looked_into_once() {
    let browser = Rc::default();
    let tab = &tabs(&browser, 1)[0];
    tab.advance(3_600_000.0);
    for woken in [PageEvent::Shown, PageEvent::Online, PageEvent::Offline, PageEvent::Shown] {
        let client = Rc::clone(&tab.client);
        tab.run(async move { client.wake(woken).await });
    }
    tab.advance(500.0);
    tab.answer("/auth/refresh", Err(Unreachable));
    assert_eq!(tab.refreshes(), 1);
}

#[test]
fn rule_10_a_page_from_the_history_asks_the_server() {
    let browser = Rc::default();
    let tab = &tabs(&browser, 1)[0];
    tab.wake(PageEvent::Restored);
    tab.answer("/auth/refresh", revoked(EndReason::LoggedOut));
    assert_eq!(tab.client.session().state(), LOGGED_OUT_ELSEWHERE);
}

/// At once, and whatever the back-off says: what it shows may be another person's by now.
#[test]
fn rule_10_a_page_from_the_history_does_not_wait_to_ask() {
    let browser = Rc::default();
    let tab = &tabs(&browser, 1)[0];
    drop(tab.client.refresher().refresh());
    tab.settle();
    tab.answer("/auth/refresh", problem_of(&AppError::new(ErrorCode::Unavailable).retry_after(60)));
    // As browsers tell it: first that the page is looked at, then where it comes from.
    for woken in [PageEvent::Shown, PageEvent::Restored] {
        let client = Rc::clone(&tab.client);
        tab.run(async move { client.wake(woken).await });
    }
    assert_eq!(tab.wire(), ["POST /auth/refresh -"]);
    tab.answer_refresh("t2");
    tab.advance(500.0);
    assert!(tab.wire().is_empty(), "once for both");
}

#[test]
fn rule_10_a_page_from_the_history_learns_of_a_login_that_it_missed() {
    for (answer, state) in [
        (answer_of(&tokens_of_another("u1")), SessionState::SignedIn),
        (ok(), SessionState::SignedOut(SignedOutReason::LoggedOut)),
        (Err(Unreachable), SessionState::SignedOut(SignedOutReason::LoggedOut)),
    ] {
        let browser = Rc::default();
        let tab = &tabs(&browser, 1)[0];
        tab.client.log_out();
        tab.settle();
        tab.answer("/auth/log_out", ok());
        tab.wake(PageEvent::Restored);
        let asked = tab.answer("/auth/refresh", answer);
        assert_eq!(asked.body.as_deref(), Some(br#"{"if_any":true}"#.as_slice()));
        assert_eq!(tab.client.session().state(), state);
        tab.advance(60_000.0);
        assert!(tab.wire().is_empty(), "nobody is out of reach for somebody who is logged out");
    }
}

#[test]
fn a_page_that_wakes_keeps_to_the_time_that_the_server_named() {
    let tab = World::starting();
    tab.client.start();
    tab.settle();
    let error = AppError::new(ErrorCode::RateLimited).retry_after(60);
    tab.answer("/auth/refresh", problem_of(&error));
    for _ in 0..5 {
        tab.wake(PageEvent::Shown);
        assert!(tab.wire().is_empty());
    }
    tab.advance(60_000.0);
    assert_eq!(tab.wire(), ["POST /auth/refresh -"]);
}

#[test]
fn a_login_that_this_tab_knows_already_interrupts_nothing() {
    let browser = Rc::default();
    let tab = &tabs(&browser, 1)[0];
    let call = tab.get("/api/a");
    tab.client.hear(Message::Began(tokens("older", 59)));
    tab.answer("/api/a", ok());
    assert_eq!((call.status(), token(tab).as_deref()), (Some(200), Some("t1")));
    tab.client.session().end(SignedOutReason::LoggedOut);
    tab.client.hear(Message::Began(tokens("late", 60)));
    assert!(token(tab).is_none());
}

#[test]
fn a_logout_elsewhere_cancels_the_refresh_of_this_tab() {
    let browser = Rc::new(Shared::default());
    browser.locks.set(Locks::Absent);
    let tab = &tabs(&browser, 1)[0];
    drop(tab.client.refresher().refresh());
    tab.settle();
    tab.client.hear(Message::Ended("s1".to_owned(), SignedOutReason::LoggedOut));
    tab.settle();
    assert!(tab.wire().is_empty(), "its answer would set a cookie that opens nothing");
}
