//! Step-up authentication: which changes require a recent login or the password (ASVS 7.5.1, 7.5.2).

use crate::helpers::{PASSWORD, TestApp};
use axum::http::StatusCode;
use serde_json::json;

const ADA: &str = "ada@example.org";
const ACCESS_TTL: (&str, &str) = ("HANDSTAMP_ACCESS_TTL", "1h");

/// Whether the server regards the login of an access token as recent.
async fn is_fresh(app: &TestApp, access: &str) -> bool {
    app.get("/api/account", access).await.json()["confirmed"].as_bool().unwrap()
}

/// Returns the path of the one other session of the user.
async fn other_session(app: &TestApp, access: &str) -> String {
    let sessions = app.get("/api/sessions", access).await.json();
    let mut others = sessions["sessions"].as_array().unwrap().iter();
    let other = others.find(|session| session["current"] == json!(false)).unwrap();
    format!("/api/sessions/{}", other["id"].as_str().unwrap())
}

#[tokio::test]
async fn sensitive_changes_require_a_login_within_15_minutes() {
    let app = TestApp::start_with(&[ACCESS_TTL]).await;
    let mut browser = app.browser();
    browser.sign_up("ada").await;
    app.browser().log_in("ada", PASSWORD).await;
    app.advance_seconds(14 * 60);
    let access = browser.refresh().await.access_token();
    assert!(is_fresh(&app, &access).await);
    app.advance_seconds(60);
    assert!(!is_fresh(&app, &access).await);
    for (method, path, body) in [
        ("DELETE", other_session(&app, &access).await.as_str(), None),
        ("DELETE", "/api/sessions/others", None),
        ("PUT", "/api/account/username", Some(json!({"username": "augusta"}))),
    ] {
        let answer = app.call(method, path, Some(&access), body).await;
        answer.assert_problem(403, "confirmation_required");
        assert_eq!(answer.header("www-authenticate"), None, "the access token is valid");
    }
}

#[tokio::test]
async fn reauthentication_allows_sensitive_changes_for_15_minutes() {
    let app = TestApp::start_with(&[ACCESS_TTL]).await;
    let mut browser = app.browser();
    browser.sign_up("ada").await;
    app.browser().log_in("ada", PASSWORD).await;
    app.advance_seconds(15 * 60);
    let access = browser.refresh().await.access_token();
    let wrong = app.reauthenticate(&access, "wrong password").await;
    assert_eq!(wrong.wrong_fields(), ["password"]);
    assert!(!is_fresh(&app, &access).await);
    let right = app.reauthenticate(&access, PASSWORD).await;
    assert_eq!(right.status, StatusCode::NO_CONTENT);
    assert!(is_fresh(&app, &access).await);
    let path = other_session(&app, &access).await;
    let ended = app.call("DELETE", &path, Some(&access), None).await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT);
    app.advance_seconds(15 * 60);
    assert!(!is_fresh(&app, &access).await);
}

/// A user without a password has logged in with a link, and logs in with another one.
#[tokio::test]
async fn a_passwordless_user_needs_a_recent_login_for_sensitive_changes() {
    let app = TestApp::start_with(&[ACCESS_TTL]).await;
    let mut browser = app.browser();
    browser.request_link(ADA).await;
    let access = browser.log_in_with_link(&app.link_to(ADA).await).await.access_token();
    let change =
        async || app.change_account("email", &access, json!({"email": "new@example.org"})).await;
    assert_eq!(change().await.status, StatusCode::ACCEPTED);
    app.advance_seconds(16 * 60);
    change().await.assert_problem(403, "confirmation_required");
    let answer = app.reauthenticate(&access, "any password").await;
    assert!(answer.text().contains("has no password"), "{}", answer.text());
}

#[tokio::test]
async fn logout_never_requires_reauthentication() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    browser.sign_up("ada").await;
    app.advance_seconds(60 * 60);
    let access = browser.refresh().await.access_token();
    let sessions = app.get("/api/sessions", &access).await.json();
    let own = sessions["sessions"][0]["id"].as_str().unwrap();
    let answer = app.call("DELETE", &format!("/api/sessions/{own}"), Some(&access), None).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
}
