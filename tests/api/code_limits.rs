//! Rate limits for TOTP codes: an attacker who knows the password is slowed down and does not lock the owner out.

use crate::{
    helpers::{Answer, Browser, PASSWORD, TestApp},
    totp::Ada,
};
use axum::http::StatusCode;
use serde_json::json;

const LIMITED: [(&str, &str); 2] = [("HANDSTAMP_RATE_LIMITS", "on"), ("HANDSTAMP_PROXIES", "1")];
const ADA: &str = "ada@example.org";

async fn log_in(browser: &mut Browser<'_>, code: &str) -> Answer {
    let body = json!({"username": "ada", "password": PASSWORD, "code": code});
    browser.post("/auth/log_in", Some(body)).await
}

fn retry_after(answer: &Answer) -> Option<u64> {
    answer.header("retry-after").map(|seconds| seconds.parse().unwrap())
}

#[tokio::test]
async fn an_attacker_with_the_password_cannot_keep_the_owner_out() {
    let app = TestApp::start_with(&LIMITED).await;
    let ada = Ada::new(&app).await;
    let mut browser = app.browser_at("203.0.113.5");
    assert_eq!(log_in(&mut browser, &ada.code(&app, 0)).await.status, StatusCode::OK);
    app.advance_seconds(60);
    let mut longest = 0;
    for n in 0..80 {
        let mut attacker = app.browser_at(&format!("198.51.{n}.1"));
        let answer = log_in(&mut attacker, "000000").await;
        if let Some(seconds) = retry_after(&answer) {
            answer.assert_problem(429, "rate_limited");
            longest = longest.max(seconds);
            app.advance_seconds(seconds);
        }
    }
    assert_eq!(longest, 30, "the limit of the account");
    // The attacker uses the next attempt too, so the account is limited again.
    log_in(&mut app.browser_at("192.0.2.99"), "000000").await;
    let unrecognised = log_in(&mut app.browser_at("192.0.2.100"), "000000").await;
    unrecognised.assert_problem(429, "rate_limited");

    let recognised = log_in(&mut browser, &ada.code(&app, 0)).await;
    assert_eq!(recognised.status, StatusCode::OK, "{}", recognised.text());
    let access = recognised.access_token();
    app.advance_seconds(30);
    let body = Some(json!({"password": PASSWORD, "code": ada.code(&app, 0)}));
    let confirmed = app.call("POST", "/api/account/confirmation", Some(&access), body).await;
    assert_eq!(confirmed.status, StatusCode::NO_CONTENT, "{}", confirmed.text());
    app.advance_seconds(30);
    assert_eq!(browser.request_link(ADA).await.status, StatusCode::OK);
    let body = json!({"token": app.link_to(ADA).await, "code": ada.code(&app, 0)});
    let linked = browser.post("/auth/redeem_magic_link", Some(body)).await;
    assert_eq!(linked.status, StatusCode::OK, "{}", linked.text());
}

#[tokio::test]
async fn codes_from_one_ip_are_delayed_up_to_15_minutes() {
    let app = TestApp::start_with(&LIMITED).await;
    Ada::new(&app).await;
    let mut longest = 0;
    for _ in 0..30 {
        let answer = log_in(&mut app.browser_at("198.51.100.1"), "000000").await;
        if let Some(seconds) = retry_after(&answer) {
            longest = longest.max(seconds);
            app.advance_seconds(seconds);
        }
    }
    assert_eq!(longest, 900);
}

#[tokio::test]
async fn codes_in_a_session_and_in_a_recognised_browser_have_separate_limits() {
    let app = TestApp::start_with(&LIMITED).await;
    let ada = Ada::new(&app).await;
    let mut browser = app.browser_at("203.0.113.5");
    let access = log_in(&mut browser, &ada.code(&app, 0)).await.access_token();
    let confirm = async |code: &str| {
        let body = Some(json!({"password": PASSWORD, "code": code}));
        app.call("POST", "/api/account/confirmation", Some(&access), body).await
    };
    for _ in 0..5 {
        confirm("000000").await.assert_problem(401, "second_factor_invalid");
        log_in(&mut browser, "000000").await.assert_problem(401, "second_factor_invalid");
    }
    confirm("000000").await.assert_problem(429, "rate_limited");
    log_in(&mut browser, "000000").await.assert_problem(429, "rate_limited");
    app.advance_seconds(30);
    assert_eq!(confirm(&ada.code(&app, 0)).await.status, StatusCode::NO_CONTENT);
    app.advance_seconds(30);
    assert_eq!(log_in(&mut browser, &ada.code(&app, 0)).await.status, StatusCode::OK);
}
