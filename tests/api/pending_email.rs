//! A change of the e-mail address that waits for its confirmation: shown, sent again, cancelled.

use crate::helpers::{PASSWORD, TestApp};
use axum::http::StatusCode;
use serde_json::{Value, json};

const NEW: &str = "new@example.org";
const CHANGE: &str = "/api/account/email/change";

async fn requested(app: &TestApp) -> String {
    let access = app.browser().sign_up("ada").await.access_token();
    let body = json!({"email": NEW, "password": PASSWORD});
    let answer = app.change_account("email", &access, body).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
    access
}

async fn pending(app: &TestApp, access: &str) -> Value {
    app.get("/api/account", access).await.json()["pending_email"].clone()
}

async fn confirm(app: &TestApp, token: &str) -> crate::helpers::Answer {
    let body = json!({"token": token, "password": PASSWORD});
    app.browser().post("/auth/confirm_email", Some(body)).await
}

#[tokio::test]
async fn a_pending_change_is_shown_until_it_expires() {
    let app = TestApp::start_with(&[("HANDSTAMP_ACCESS_TTL", "1h")]).await;
    let access = requested(&app).await;
    let shown = pending(&app, &access).await;
    assert_eq!(shown["email"], NEW);
    assert!(shown["expires_at"].as_str().unwrap().ends_with('Z'), "{shown}");
    let other = app.browser().sign_up("grace").await.access_token();
    assert_eq!(pending(&app, &other).await, Value::Null, "it is shown only to its user");
    app.advance_seconds(25 * 60 * 60);
    let access = app.browser().log_in("ada", PASSWORD).await.access_token();
    assert_eq!(pending(&app, &access).await, Value::Null);
}

#[tokio::test]
async fn a_confirmed_change_is_no_longer_pending() {
    let app = TestApp::start().await;
    let access = requested(&app).await;
    assert_eq!(confirm(&app, &app.link_to(NEW).await).await.status, StatusCode::OK);
    assert_eq!(pending(&app, &access).await, Value::Null);
    assert_eq!(app.get("/api/account", &access).await.json()["email"], NEW);
}

#[tokio::test]
async fn a_cancelled_change_invalidates_its_link_and_is_recorded_once() {
    let app = TestApp::start().await;
    let access = requested(&app).await;
    let token = app.link_to(NEW).await;
    for _ in 0..2 {
        let answer = app.call("DELETE", CHANGE, Some(&access), None).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.text());
    }
    assert_eq!(pending(&app, &access).await, Value::Null);
    confirm(&app, &token).await.assert_problem(410, "link_used");
    let events = app.events(&access).await;
    let cancelled = events.iter().filter(|kind| *kind == "email_change_cancelled");
    assert_eq!(cancelled.count(), 1);
}

#[tokio::test]
async fn a_link_that_is_sent_again_replaces_the_previous_one() {
    let app = TestApp::start().await;
    let access = requested(&app).await;
    let first = app.link_to(NEW).await;
    let before = pending(&app, &access).await;
    app.advance_seconds(60);
    let answer = app.call("POST", CHANGE, Some(&access), None).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
    assert!(pending(&app, &access).await["expires_at"].as_str() > before["expires_at"].as_str());
    confirm(&app, &first).await.assert_problem(410, "link_used");
    assert_eq!(confirm(&app, &app.link_to(NEW).await).await.status, StatusCode::OK);
}

#[tokio::test]
async fn nothing_is_sent_again_if_no_change_is_pending() {
    let app = TestApp::start().await;
    let access = app.browser().sign_up("ada").await.access_token();
    app.call("POST", CHANGE, Some(&access), None).await.assert_problem(404, "not_found");
    let guest = app.browser().post("/auth/try_it", None).await.access_token();
    for method in ["POST", "DELETE"] {
        app.call(method, CHANGE, Some(&guest), None).await.assert_problem(403, "guest_account");
    }
}

#[tokio::test]
async fn mails_that_are_sent_again_are_rate_limited() {
    let app = TestApp::start_with(&[("HANDSTAMP_RATE_LIMITS", "on")]).await;
    let access = requested(&app).await;
    for _ in 0..4 {
        let answer = app.call("POST", CHANGE, Some(&access), None).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
    }
    app.call("POST", CHANGE, Some(&access), None).await.assert_problem(429, "rate_limited");
}
