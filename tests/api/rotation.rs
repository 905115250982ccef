//! Rows 1 to 7 of the state table in `docs/rotation.md`, through the cookie API (M10, M14, M17).

use crate::helpers::{ATTEMPT_COOKIE, REFRESH_COOKIE, TestApp};
use axum::http::StatusCode;
use handstamp_engine::{
    keys::{KeyRing, ServerSecret},
    refresh_token::RefreshToken,
};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use uuid::Uuid;
use zeroize::Zeroizing;

/// Two attempt ids.
pub(crate) const A: &str = "AAAAAAAAAAAAAAAAAAAAAA";
pub(crate) const B: &str = "BBBBBBBBBBBBBBBBBBBBBB";

/// The default reuse window, in seconds, and the hold, which is twice the window.
pub(crate) const WINDOW: u64 = 10;
pub(crate) const HOLD: u64 = 20;

#[tokio::test]
async fn row_1_garbage_forged_cut_and_foreign_tokens_are_invalid_and_stay() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    let genuine = browser.refresh_token().unwrap().to_owned();
    let foreign_keys = KeyRing::new(&[ServerSecret::new(vec![9; 32]).unwrap()]).unwrap();
    let foreign =
        RefreshToken::generate(foreign_keys.newest(), Uuid::from_u128(1), Zeroizing::new([1; 32]));
    let last = if genuine.ends_with('A') { "B" } else { "A" };
    let forged = format!("{}{last}", &genuine[..genuine.len() - 1]);
    for text in
        ["x", "hsr_", "null", &forged, &genuine[..50], foreign.expose_secret(), &genuine.repeat(20)]
    {
        browser.store_refresh_token(text);
        let answer = browser.refresh().await;
        answer.assert_problem(401, "refresh_token_invalid");
        assert!(
            answer.set_cookies().is_empty(),
            "the cookie may belong to another server on this host"
        );
    }
    browser.store_refresh_token(&genuine);
    assert_eq!(browser.refresh().await.status, StatusCode::OK, "the session is not affected");
}

#[tokio::test]
async fn a_refresh_without_a_token_returns_refresh_token_missing() {
    let app = TestApp::start().await;
    let answer = app.browser().refresh().await;
    answer.assert_problem(401, "refresh_token_missing");
    assert!(answer.set_cookies().is_empty());
}

fn if_any() -> Option<Value> {
    Some(json!({ "if_any": true }))
}

#[tokio::test]
async fn refresh_if_any_returns_null_when_logged_out() {
    let app = TestApp::start().await;
    let answer = app.browser().post("/auth/refresh", if_any()).await;
    assert_eq!((answer.status, answer.text().as_str()), (StatusCode::OK, "null"));
    assert!(answer.set_cookies().is_empty());
}

#[tokio::test]
async fn refresh_if_any_returns_tokens_when_logged_in() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    let answer = browser.post("/auth/refresh", if_any()).await;
    assert!(answer.access_token().starts_with("eyJ") && answer.set_cookies().len() == 3);
}

#[tokio::test]
async fn refresh_if_any_rejects_invalid_tokens_and_values() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    browser.store_refresh_token("hsr_");
    let answer = browser.post("/auth/refresh", if_any()).await;
    answer.assert_problem(401, "refresh_token_invalid");
    assert!(answer.set_cookies().is_empty());
    let answer = browser.post("/auth/refresh", Some(json!({ "if_any": 1 }))).await;
    answer.assert_problem(400, "bad_request");
}

#[tokio::test]
async fn row_2_a_session_ends_at_its_absolute_expiry_however_busy_it_was() {
    let app = TestApp::start_with(&[("HANDSTAMP_REFRESH_TTL", "1h")]).await;
    let (mut browser, _) = app.signed_up().await;
    for minutes in 1..60 {
        app.advance_seconds(60);
        let answer = browser.refresh().await;
        assert_eq!(
            answer.json()["session_expires_in"],
            3600 - minutes * 60,
            "the expiry never moves"
        );
        assert!(answer.set_cookies()[0].contains(&format!("Max-Age={}", 3600 - minutes * 60)));
    }
    app.advance_seconds(60);
    let answer = browser.refresh().await;
    answer.assert_problem(401, "session_expired");
    assert!(answer.clears_refresh());
}

#[tokio::test]
async fn row_2_an_idle_session_ends_where_that_is_set() {
    let app = TestApp::start_with(&[("HANDSTAMP_IDLE_TTL", "30m")]).await;
    let (mut busy, _) = app.signed_up().await;
    let (mut idle, _) = app.signed_up().await;
    app.advance_seconds(29 * 60);
    assert_eq!(busy.refresh().await.status, StatusCode::OK);
    app.advance_seconds(60);
    idle.refresh().await.assert_problem(401, "session_expired");
    assert_eq!(busy.refresh().await.status, StatusCode::OK);
}

#[tokio::test]
async fn row_2_a_genuine_token_without_a_session_is_expired() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    app.state.db.reader.execute_unprepared("DELETE FROM sessions").await.unwrap();
    let answer = browser.refresh().await;
    answer.assert_problem(401, "session_expired");
    assert!(answer.clears_refresh());
}

#[tokio::test]
async fn row_3_a_revoked_session_says_why() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    let mut other_tab = browser.clone();
    assert_eq!(browser.post("/auth/log_out", None).await.status, StatusCode::OK);
    let answer = other_tab.refresh().await;
    answer.assert_problem(401, "session_revoked");
    assert_eq!(answer.json()["reason"], "logged_out");
    assert!(answer.clears_refresh());
}

#[tokio::test]
async fn row_4_a_refresh_spends_the_token_and_sets_its_successor() {
    let app = TestApp::start().await;
    let (mut browser, first_access) = app.signed_up().await;
    let first = browser.refresh_token().unwrap().to_owned();
    browser.begin_attempt(A);
    app.advance_seconds(1);
    let answer = browser.refresh().await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_ne!(answer.access_token(), first_access);
    assert_ne!(browser.refresh_token().unwrap(), first);
    assert_eq!(browser.attempt(), None, "the response that sets a new token clears the attempt id");
    let lifetime = 30 * 24 * 3600 - 1;
    assert_eq!(
        answer.set_cookies(),
        [
            format!(
                "{REFRESH_COOKIE}={}; HttpOnly; SameSite=Strict; Path=/auth; Max-Age={lifetime}",
                browser.refresh_token().unwrap()
            ),
            format!(
                "handstamp_session_3000={}; HttpOnly; SameSite=Strict; Path=/; Max-Age={lifetime}",
                browser.session().unwrap()
            ),
            format!("{ATTEMPT_COOKIE}=; SameSite=Strict; Path=/; Max-Age=0"),
        ]
    );
}

#[tokio::test]
async fn row_5_within_the_hold_the_token_stays_and_the_attempt_too() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    browser.refresh().await;
    let held = browser.refresh_token().unwrap().to_owned();
    browser.begin_attempt(A);
    app.advance_seconds(HOLD - 1);
    let answer = browser.refresh().await;
    assert_eq!((answer.status, answer.set_cookies().len()), (StatusCode::OK, 0));
    assert_eq!(browser.attempt(), Some(A));
    app.advance_seconds(1);
    browser.refresh().await;
    assert_ne!(browser.refresh_token().unwrap(), held);
}

#[tokio::test]
async fn row_6_within_the_window_a_spent_token_brings_the_successor_that_was_issued() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    let mut other_tab = browser.clone();
    browser.refresh().await;
    app.advance_seconds(WINDOW - 1);
    other_tab.begin_attempt(B);
    assert_eq!(other_tab.refresh().await.status, StatusCode::OK);
    assert_eq!(other_tab.refresh_token(), browser.refresh_token());
    assert_eq!(other_tab.attempt(), None);
    // The hold starts again, because a response may still be in transit.
    app.advance_seconds(HOLD - 1);
    assert!(browser.refresh().await.set_cookies().is_empty());
    app.advance_seconds(1);
    assert!(!browser.refresh().await.set_cookies().is_empty());
}

#[tokio::test]
async fn row_6_a_lost_answer_is_repeated_a_day_later_for_the_same_attempt() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    browser.begin_attempt(A);
    let mut answered = browser.clone();
    answered.refresh().await;
    app.advance_seconds(24 * 3600);
    assert_eq!(browser.refresh().await.status, StatusCode::OK);
    assert_eq!(browser.refresh_token(), answered.refresh_token());
    app.advance_seconds(HOLD - 1);
    assert!(browser.refresh().await.set_cookies().is_empty());
}

#[tokio::test]
async fn row_6_a_late_repeat_does_not_open_the_window_again() {
    let app = TestApp::start().await;
    let (mut victim, _) = app.signed_up().await;
    let mut attacker = victim.stolen_copy();
    attacker.begin_attempt(A);
    let mut repeat = attacker.clone();
    attacker.refresh().await;
    app.advance_seconds(WINDOW);
    assert_eq!(repeat.refresh().await.status, StatusCode::OK);
    victim.begin_attempt(B);
    victim.refresh().await.assert_problem(401, "refresh_token_reused");
}

#[tokio::test]
async fn row_7_a_straggler_two_behind_is_sent_back_and_nothing_ends() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    browser.begin_attempt(A);
    let mut straggler = browser.clone();
    browser.refresh().await;
    app.advance_seconds(HOLD);
    browser.begin_attempt(B);
    browser.refresh().await;
    let answer = straggler.refresh().await;
    answer.assert_problem(409, "refresh_superseded");
    assert!(answer.set_cookies().is_empty());
    app.advance_seconds(HOLD);
    assert_eq!(browser.refresh().await.status, StatusCode::OK);
}
