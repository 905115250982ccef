//! Device cookies: their rate limit, and their end when the password changes.

use crate::helpers::{Browser, PASSWORD, TestApp};
use axum::http::StatusCode;
use serde_json::json;

const LIMITED: [(&str, &str); 2] = [("HANDSTAMP_RATE_LIMITS", "on"), ("HANDSTAMP_PROXIES", "1")];
const ADA: &str = "ada@example.org";

/// Returns a browser in which Ada has logged in.
async fn recognised_browser(app: &TestApp) -> Browser<'_> {
    let mut ada = app.browser_at("203.0.113.5");
    ada.sign_up("ada").await;
    app.confirm_email(ADA).await;
    assert_eq!(ada.log_in("ada", PASSWORD).await.status, StatusCode::OK);
    ada
}

/// Guesses from other addresses until logins from unrecognised browsers are limited.
async fn guess_from_everywhere(app: &TestApp) {
    for n in 0..20 {
        app.browser_at(&format!("198.51.{n}.1")).log_in("ada", "wrong password").await;
    }
    let limited = app.browser_at("192.0.2.99").log_in("ada", "wrong password").await;
    limited.assert_problem(429, "rate_limited");
}

#[tokio::test]
async fn a_stolen_device_cookie_is_rate_limited_from_all_addresses() {
    let app = TestApp::start_with(&LIMITED).await;
    let ada = recognised_browser(&app).await;
    let mut attempts = 0;
    for n in 0..200 {
        // The username and the e-mail address share one limit.
        let name = if n % 2 == 0 { "ada" } else { ADA };
        let mut attacker = ada.clone();
        attacker.ip = Some(format!("198.51.{n}.1"));
        let answer = attacker.log_in(name, "wrong password").await;
        if answer.status == StatusCode::UNAUTHORIZED {
            attempts += 1;
        } else {
            answer.assert_problem(429, "rate_limited");
        }
    }
    assert_eq!(attempts, 20);
}

#[tokio::test]
async fn a_password_change_invalidates_device_cookies() {
    let app = TestApp::start_with(&LIMITED).await;
    let mut ada = recognised_browser(&app).await;
    let mut old = ada.clone();
    let access = ada.log_in("ada", PASSWORD).await.access_token();
    let new = "a new and good phrase";
    let body = json!({"current": PASSWORD, "password": new});
    let changed = app.call("PUT", "/api/account/password", Some(&access), Some(body)).await;
    assert_eq!(changed.status, StatusCode::NO_CONTENT, "{}", changed.text());
    assert_eq!(
        ada.log_in("ada", new).await.status,
        StatusCode::OK,
        "the browser gets a new device cookie"
    );
    guess_from_everywhere(&app).await;
    old.log_in("ada", new).await.assert_problem(429, "rate_limited");
    let recognised = ada.log_in("ada", new).await;
    assert_eq!(recognised.status, StatusCode::OK, "{}", recognised.text());
}

#[tokio::test]
async fn a_password_reset_invalidates_device_cookies() {
    let app = TestApp::start_with(&LIMITED).await;
    let mut ada = recognised_browser(&app).await;
    ada.post("/auth/send_password_reset", Some(json!({"email": ADA}))).await;
    let token = app.link_to(ADA).await;
    let body = json!({"token": token, "password": "a new and good phrase"});
    let reset = ada.post("/auth/reset_password", Some(body)).await;
    assert_eq!(reset.status, StatusCode::OK, "{}", reset.text());
    guess_from_everywhere(&app).await;
    ada.log_in("ada", "a new and good phrase").await.assert_problem(429, "rate_limited");
}

#[tokio::test]
async fn each_login_issues_a_new_device_cookie() {
    let app = TestApp::start_with(&LIMITED).await;
    recognised_browser(&app).await;
    let name = app.cookie("known");
    let mut values = Vec::new();
    for _ in 0..2 {
        let answer = app.browser().log_in("ada", PASSWORD).await;
        let cookies = answer.set_cookies();
        let cookie = cookies.iter().find(|cookie| cookie.starts_with(&name)).unwrap();
        values.push(cookie.split(';').next().unwrap().to_owned());
    }
    assert_ne!(values[0], values[1]);
}
