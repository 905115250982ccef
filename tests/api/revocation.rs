//! Revocation takes effect immediately (M13, ASVS 7.4.1).

use crate::helpers::{PASSWORD, TestApp};
use axum::http::StatusCode;

#[tokio::test]
async fn logout_revokes_the_session_and_clears_its_cookies() {
    let app = TestApp::start().await;
    let (mut browser, access) = app.signed_up().await;
    let token = browser.refresh_token().unwrap().to_owned();
    let answer = browser.post("/auth/log_out", None).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        answer.set_cookies(),
        [
            "handstamp_refresh_3000=; HttpOnly; SameSite=Strict; Path=/auth; Max-Age=0",
            "handstamp_session_3000=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0",
            // Cleared because the page may be closed by now, and its next load must not repeat the logout.
            "handstamp_logout_3000=; SameSite=Strict; Path=/; Max-Age=0",
        ]
    );
    assert!(answer.headers.contains_key("clear-site-data"));
    app.get("/api/profile", &access).await.assert_problem(401, "session_revoked");
    browser.store_refresh_token(&token);
    browser.refresh().await.assert_problem(401, "session_revoked");
}

#[tokio::test]
async fn logout_without_a_session_succeeds() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    assert_eq!(browser.post("/auth/log_out", None).await.status, StatusCode::OK);
    browser.store_refresh_token("hsr_garbage");
    assert_eq!(browser.post("/auth/log_out", None).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_spent_refresh_token_still_logs_out() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    let mut behind = browser.clone();
    browser.refresh().await;
    app.advance_seconds(3600);
    assert_eq!(behind.post("/auth/log_out", None).await.status, StatusCode::OK);
    browser.refresh().await.assert_problem(401, "session_revoked");
}

#[tokio::test]
async fn logout_everywhere_ends_all_sessions_of_this_user_only() {
    let app = TestApp::start().await;
    let (mut phone, mut laptop) = (app.browser(), app.browser());
    let on_phone = phone.sign_up("ada").await.access_token();
    let on_laptop = laptop.log_in("ada", PASSWORD).await.access_token();
    let (mut other, others) = app.signed_up().await;
    let answer = app.call("POST", "/auth/log_out_everywhere", Some(&on_phone), None).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert!(answer.clears_refresh());
    for token in [on_phone, on_laptop] {
        app.get("/api/profile", &token).await.assert_problem(401, "session_revoked");
    }
    let answer = laptop.refresh().await;
    answer.assert_problem(401, "session_revoked");
    assert_eq!(answer.json()["reason"], "logged_out_everywhere");
    assert_eq!(app.get("/api/profile", &others).await.status, StatusCode::OK);
    assert_eq!(other.refresh().await.status, StatusCode::OK);
}

#[tokio::test]
async fn logout_everywhere_requires_an_access_token() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    browser
        .post("/auth/log_out_everywhere", None)
        .await
        .assert_problem(401, "access_token_missing");
    assert_eq!(browser.refresh().await.status, StatusCode::OK, "the session is still running");
}

#[tokio::test]
async fn revocations_survive_a_restart() {
    let mut app = TestApp::start().await;
    let (mut browser, access) = app.signed_up().await;
    browser.post("/auth/log_out", None).await;
    drop(browser);
    app.restart().await;
    app.get("/api/profile", &access).await.assert_problem(401, "session_revoked");
}

#[tokio::test]
async fn revocations_are_kept_until_all_their_tokens_expire() {
    let app = TestApp::start().await;
    let (mut browser, access) = app.signed_up().await;
    app.advance_seconds(1);
    browser.post("/auth/log_out", None).await;
    for _ in 0..899 {
        app.advance_seconds(1);
        app.state.sessions.revoked.purge(app.state.clock.now());
        assert_eq!(app.get("/api/profile", &access).await.status, StatusCode::UNAUTHORIZED);
    }
    app.get("/api/profile", &access).await.assert_problem(401, "access_token_expired");
}
