//! Logins with a TOTP code (RFC 6238), through both APIs and with magic links.

use crate::{
    helpers::{PASSWORD, TestApp},
    totp::{ADA, Ada, log_in},
};
use axum::http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn a_password_login_requires_a_code() {
    let app = TestApp::start().await;
    let ada = Ada::new(&app).await;
    let mut browser = app.browser();
    let refused = log_in(&mut browser, None).await;
    refused.assert_problem(401, "second_factor_required");
    assert!(refused.set_cookies().is_empty());
    browser.log_in("ada", "wrong password").await.assert_problem(401, "invalid_credentials");
    log_in(&mut browser, Some("000000")).await.assert_problem(401, "second_factor_invalid");
    assert_eq!(log_in(&mut browser, Some(&ada.code(&app, 0))).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_missing_totp_code_is_not_counted_as_a_failure() {
    let app = TestApp::start_with(&[("HANDSTAMP_RATE_LIMITS", "on")]).await;
    let ada = Ada::new(&app).await;
    for _ in 0..50 {
        log_in(&mut app.browser(), None).await.assert_problem(401, "second_factor_required");
    }
    let typed = ada.code(&app, 0);
    let typed = format!("{} {}", &typed[..3], &typed[3..]);
    assert_eq!(log_in(&mut app.browser(), Some(&typed)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_json_api_login_requires_a_code() {
    let app = TestApp::start().await;
    let ada = Ada::new(&app).await;
    app.json_login("ada").await.assert_problem(401, "second_factor_required");
    let body = json!({"username": "ada", "password": PASSWORD, "code": ada.code(&app, 0)});
    let answer = app.call("POST", "/api/login", None, Some(body)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
}

#[tokio::test]
async fn a_magic_link_requires_a_code_and_is_not_consumed_without_one() {
    let app = TestApp::start().await;
    let ada = Ada::new(&app).await;
    let mut browser = app.browser();
    browser.request_link(ADA).await;
    let token = app.link_to(ADA).await;
    browser.log_in_with_link(&token).await.assert_problem(401, "second_factor_required");
    let with = |code: String| Some(json!({"token": token, "code": code}));
    let wrong = browser.post("/auth/redeem_magic_link", with("123".to_owned())).await;
    wrong.assert_problem(401, "second_factor_invalid");
    let right = browser.post("/auth/redeem_magic_link", with(ada.code(&app, 0))).await;
    assert_eq!(right.status, StatusCode::OK, "{}", right.text());
}

/// RFC 6238 §5.2: the clock of the authenticator app may differ by one step.
#[tokio::test]
async fn totp_accepts_one_step_of_skew() {
    let app = TestApp::start().await;
    let ada = Ada::new(&app).await;
    app.advance_seconds(300);
    let mut browser = app.browser();
    for steps in [-3, -2, 2, 3] {
        let code = ada.code(&app, steps);
        log_in(&mut browser, Some(&code)).await.assert_problem(401, "second_factor_invalid");
    }
    for steps in [-1, 0, 1] {
        let code = ada.code(&app, steps);
        assert_eq!(log_in(&mut browser, Some(&code)).await.status, StatusCode::OK, "{steps}");
    }
}

#[tokio::test]
async fn a_totp_code_cannot_be_replayed() {
    let app = TestApp::start().await;
    let ada = Ada::new(&app).await;
    app.advance_seconds(300);
    let mut browser = app.browser();
    for steps in [-1, 0, 1] {
        let code = ada.code(&app, steps);
        assert_eq!(log_in(&mut browser, Some(&code)).await.status, StatusCode::OK, "{steps}");
        log_in(&mut browser, Some(&code)).await.assert_problem(401, "second_factor_invalid");
    }
    // A code that is older than the last one is invalid too.
    let earlier = ada.code(&app, 0);
    log_in(&mut browser, Some(&earlier)).await.assert_problem(401, "second_factor_invalid");
}

#[tokio::test]
async fn concurrent_logins_with_one_code_succeed_once() {
    let app = TestApp::start().await;
    let ada = Ada::new(&app).await;
    for code in [ada.code(&app, 0), ada.recovery[0].clone()] {
        let (mut one, mut two) = (app.browser(), app.browser());
        let (a, b) = tokio::join!(log_in(&mut one, Some(&code)), log_in(&mut two, Some(&code)));
        let statuses = [a.status.as_u16(), b.status.as_u16()];
        assert!(statuses.contains(&200) && statuses.contains(&401), "{statuses:?}");
    }
}

#[tokio::test]
async fn wrong_totp_codes_are_rate_limited() {
    let app = TestApp::start_with(&[("HANDSTAMP_RATE_LIMITS", "on")]).await;
    let ada = Ada::new(&app).await;
    let mut attempts = 0;
    let refused = loop {
        let answer = log_in(&mut app.browser(), Some("000000")).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            break answer;
        }
        attempts += 1;
        assert!(attempts < 10, "guessing is not limited");
    };
    assert_eq!(refused.header("retry-after"), Some("2"));
    app.advance_seconds(2);
    assert_eq!(log_in(&mut app.browser(), Some(&ada.code(&app, 0))).await.status, StatusCode::OK);
}

/// Using a link without its code does not reset the limit on mail.
#[tokio::test]
async fn a_link_without_its_code_does_not_reset_the_mail_limit() {
    let app = TestApp::start_with(&[("HANDSTAMP_RATE_LIMITS", "on")]).await;
    Ada::new(&app).await;
    let mut browser = app.browser();
    browser.request_link(ADA).await;
    let token = app.link_to(ADA).await;
    let mut sent = 0;
    loop {
        browser.log_in_with_link(&token).await.assert_problem(401, "second_factor_required");
        let answer = app.browser().request_link(&format!("user{sent}@example.org")).await;
        if answer.status != StatusCode::OK {
            answer.assert_problem(429, "rate_limited");
            break;
        }
        sent += 1;
        assert!(sent < 100, "mail is not limited");
    }
}
