//! The cookie of a browser in which a user has logged in before: it is limited, and it ends with the password.

use crate::helpers::{Browser, PASSWORD, TestApp};
use axum::http::StatusCode;
use serde_json::json;

const LIMITED: [(&str, &str); 2] = [("HANDSTAMP_RATE_LIMITS", "on"), ("HANDSTAMP_PROXIES", "1")];
const ADA: &str = "ada@example.org";

async fn known_browser(app: &TestApp) -> Browser<'_> {
    let mut ada = app.browser_at("203.0.113.5");
    ada.sign_up("ada").await;
    app.confirm(ADA).await;
    assert_eq!(ada.log_in("ada", PASSWORD).await.status, StatusCode::OK);
    ada
}

/// Guesses from other addresses until the account waits for strangers.
async fn guess_from_everywhere(app: &TestApp) {
    for n in 0..20 {
        app.browser_at(&format!("198.51.{n}.1")).log_in("ada", "wrong password").await;
    }
    let stranger = app.browser_at("192.0.2.99").log_in("ada", "wrong password").await;
    stranger.assert_problem(429, "rate_limited");
}

#[tokio::test]
async fn a_stolen_device_cookie_is_limited_wherever_it_is_used() {
    let app = TestApp::start_with(&LIMITED).await;
    let ada = known_browser(&app).await;
    let mut answered = 0;
    for n in 0..200 {
        // With the name and with the address: both are one account.
        let name = if n % 2 == 0 { "ada" } else { ADA };
        let mut thief = ada.clone();
        thief.place = Some(format!("198.51.{n}.1"));
        let answer = thief.log_in(name, "wrong password").await;
        if answer.status == StatusCode::UNAUTHORIZED {
            answered += 1;
        } else {
            answer.assert_problem(429, "rate_limited");
        }
    }
    assert_eq!(answered, 20);
}

#[tokio::test]
async fn a_device_cookie_ends_with_the_password() {
    let app = TestApp::start_with(&LIMITED).await;
    let mut ada = known_browser(&app).await;
    let mut old = ada.clone();
    let access = ada.log_in("ada", PASSWORD).await.access_token();
    let new = "a new and good phrase";
    let body = json!({"current": PASSWORD, "password": new});
    let changed = app.call("PUT", "/api/account/password", Some(&access), Some(body)).await;
    assert_eq!(changed.status, StatusCode::NO_CONTENT, "{}", changed.text());
    assert_eq!(ada.log_in("ada", new).await.status, StatusCode::OK, "the browser is known again");
    guess_from_everywhere(&app).await;
    old.log_in("ada", new).await.assert_problem(429, "rate_limited");
    let known = ada.log_in("ada", new).await;
    assert_eq!(known.status, StatusCode::OK, "{}", known.text());
}

#[tokio::test]
async fn a_device_cookie_ends_with_a_reset() {
    let app = TestApp::start_with(&LIMITED).await;
    let mut ada = known_browser(&app).await;
    ada.post("/auth/send_password_reset", Some(json!({"email": ADA}))).await;
    let token = app.link_to(ADA).await;
    let body = json!({"token": token, "password": "a new and good phrase"});
    let reset = ada.post("/auth/reset_password", Some(body)).await;
    assert_eq!(reset.status, StatusCode::OK, "{}", reset.text());
    guess_from_everywhere(&app).await;
    ada.log_in("ada", "a new and good phrase").await.assert_problem(429, "rate_limited");
}

#[tokio::test]
async fn each_login_makes_another_device_cookie() {
    let app = TestApp::start_with(&LIMITED).await;
    known_browser(&app).await;
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
