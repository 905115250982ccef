//! Row 8 of the state table in `docs/rotation.md`: a spent refresh token that comes back ends the session.

use crate::{
    helpers::{PASSWORD, TestApp},
    rotation::{A, B, HOLD, WINDOW},
};
use axum::http::StatusCode;
use handstamp_engine::refresh_token::RefreshToken;
use zeroize::Zeroizing;

#[tokio::test]
async fn row_8_a_spent_token_after_the_window_ends_the_session() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    let mut attacker = browser.stolen_copy();
    browser.begin_attempt(A);
    browser.refresh().await;
    app.advance_seconds(WINDOW);
    let answer = attacker.refresh().await;
    answer.assert_problem(401, "refresh_token_reused");
    assert!(answer.clears_refresh());
    let answer = browser.refresh().await;
    answer.assert_problem(401, "session_revoked");
    assert_eq!(answer.json()["reason"], "reuse");
}

#[tokio::test]
async fn row_8_a_thief_who_was_first_is_found_out_by_the_victim() {
    let app = TestApp::start().await;
    let (mut victim, access) = app.signed_up().await;
    let mut attacker = victim.stolen_copy();
    attacker.begin_attempt(B);
    let stolen_access = attacker.refresh().await.access_token();
    app.advance_seconds(WINDOW);
    victim.begin_attempt(A);
    victim.refresh().await.assert_problem(401, "refresh_token_reused");
    attacker.refresh().await.assert_problem(401, "session_revoked");
    for token in [access, stolen_access] {
        app.get("/api/profile", &token).await.assert_problem(401, "session_revoked");
    }
}

#[tokio::test]
async fn row_8_ends_only_this_session() {
    let app = TestApp::start().await;
    app.browser().sign_up("ada").await;
    let (mut phone, mut laptop) = (app.browser(), app.browser());
    phone.log_in("ada", PASSWORD).await;
    laptop.log_in("ada", PASSWORD).await;
    let mut attacker = phone.stolen_copy();
    phone.refresh().await;
    app.advance_seconds(WINDOW);
    attacker.refresh().await.assert_problem(401, "refresh_token_reused");
    assert_eq!(laptop.refresh().await.status, StatusCode::OK);
}

#[tokio::test]
async fn row_8_the_attempt_of_another_client_proves_nothing() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    let mut attacker = browser.stolen_copy();
    browser.begin_attempt(A);
    browser.refresh().await;
    app.advance_seconds(WINDOW);
    attacker.begin_attempt(B);
    attacker.refresh().await.assert_problem(401, "refresh_token_reused");
}

#[tokio::test]
async fn row_8_a_token_long_spent_is_told_apart_from_noise() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    let mut first = browser.stolen_copy();
    for _ in 0..50 {
        app.advance_seconds(HOLD);
        browser.refresh().await;
    }
    first.refresh().await.assert_problem(401, "refresh_token_reused");
}

#[tokio::test]
async fn row_8_with_a_forged_twin_of_the_current_token_the_session_ends() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    let genuine = RefreshToken::parse(&app.state.keys, browser.refresh_token().unwrap()).unwrap();
    let twin =
        RefreshToken::generate(app.state.keys.newest(), genuine.session(), Zeroizing::new([0; 32]));
    browser.store_refresh_token(twin.expose_secret());
    browser.refresh().await.assert_problem(401, "refresh_token_reused");
}

#[tokio::test]
async fn strict_a_window_of_zero_ends_at_the_first_repeat_without_an_attempt() {
    let app = TestApp::start_with(&[("HANDSTAMP_REUSE_WINDOW", "0s")]).await;
    let (mut browser, _) = app.signed_up().await;
    browser.begin_attempt(A);
    let (mut retry, mut attacker) = (browser.clone(), browser.stolen_copy());
    browser.refresh().await;
    assert_eq!(
        retry.refresh().await.status,
        StatusCode::OK,
        "a repeat with the same attempt id is not reuse"
    );
    attacker.refresh().await.assert_problem(401, "refresh_token_reused");
}
