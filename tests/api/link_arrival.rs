//! The check of an e-mail link when its page is opened.

use crate::helpers::{Answer, Browser, PASSWORD, TestApp};
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;

const ADA: &str = "ada@example.org";
const NEW: &str = "a new and good phrase";

async fn check(browser: &mut Browser<'_>, page: &str, token: &str) -> Answer {
    browser.post("/auth/check_link", Some(json!({"page": page, "token": token}))).await
}

async fn details(browser: &mut Browser<'_>, page: &str, token: &str) -> Value {
    let answer = check(browser, page, token).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()
}

async fn reset_link(app: &TestApp) -> String {
    app.browser().post("/auth/send_password_reset", Some(json!({"email": ADA}))).await;
    app.link_to(ADA).await
}

async fn reset(app: &TestApp, token: &str) -> Answer {
    let body = json!({"token": token, "password": NEW});
    app.browser().post("/auth/reset_password", Some(body)).await
}

#[tokio::test]
async fn a_check_returns_the_address_and_the_account_and_does_not_consume_the_link() {
    let app = TestApp::start().await;
    app.browser().sign_up("ada").await;
    let token = reset_link(&app).await;
    let mut browser = app.browser();
    for _ in 0..2 {
        assert_eq!(
            details(&mut browser, "reset", &token).await,
            json!({"email": ADA, "username": "ada", "required": null})
        );
    }
    assert_eq!(reset(&app, &token).await.status, StatusCode::OK);
    check(&mut browser, "reset", &token).await.assert_problem(410, "link_used");
}

#[tokio::test]
async fn a_link_is_refused_on_the_page_of_another_purpose_and_after_it_has_expired() {
    let app = TestApp::start().await;
    app.browser().sign_up("ada").await;
    let (token, mut browser) = (reset_link(&app).await, app.browser());
    for page in ["magic", "confirm", "undo", "account", ""] {
        check(&mut browser, page, &token).await.assert_problem(400, "link_invalid");
    }
    check(&mut browser, "reset", "hsm_x").await.assert_problem(400, "link_invalid");
    app.advance(Duration::from_secs(600));
    check(&mut browser, "reset", &token).await.assert_problem(410, "link_expired");
}

#[tokio::test]
async fn a_withdrawn_link_is_not_called_used() {
    let app = TestApp::start().await;
    app.browser().sign_up("ada").await;
    let (first, second) = (reset_link(&app).await, reset_link(&app).await);
    assert_eq!(reset(&app, &first).await.status, StatusCode::OK);
    let mut browser = app.browser();
    for (token, sentence) in [(first, "already been used"), (second, "no longer valid")] {
        let answer = check(&mut browser, "reset", &token).await;
        answer.assert_problem(410, "link_used");
        assert!(answer.text().contains(sentence), "{}", answer.text());
    }
}

#[tokio::test]
async fn a_reset_link_to_an_address_without_an_account_is_refused_at_once() {
    let app = TestApp::start().await;
    let token = reset_link(&app).await;
    let answer = check(&mut app.browser(), "reset", &token).await;
    answer.assert_problem(400, "link_invalid");
    assert!(answer.text().contains("no account with this email"));
}

#[tokio::test]
async fn a_login_link_reveals_the_address_only_to_the_requesting_browser_and_never_the_account() {
    let app = TestApp::start().await;
    app.browser().sign_up("ada").await;
    let mut requesting = app.browser();
    requesting.request_link(ADA).await;
    let token = app.link_to(ADA).await;
    assert_eq!(
        details(&mut requesting, "magic", &token).await,
        json!({"email": ADA, "username": null, "required": null})
    );
    let other = check(&mut app.browser(), "magic", &token).await;
    other.assert_problem(403, "link_of_another_browser");
    assert!(!other.text().contains(ADA));
    assert_eq!(requesting.log_in_with_link(&token).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_confirmation_says_what_it_requires_in_this_browser() {
    let app = TestApp::start().await;
    let mut signed_up = app.browser();
    let access = signed_up.sign_up("ada").await.access_token();
    let token = app.link_to(ADA).await;
    let required = |answer: Value| answer["required"].clone();
    assert_eq!(required(details(&mut signed_up, "confirm", &token).await), Value::Null);
    assert_eq!(required(details(&mut app.browser(), "confirm", &token).await), "password");
    let mut logged_in = app.browser();
    logged_in.log_in("ada", PASSWORD).await;
    assert_eq!(required(details(&mut logged_in, "confirm", &token).await), Value::Null);

    // A link of the account page is not bound to a browser, and a changed password keeps the session.
    let change = json!({"current": PASSWORD, "password": NEW});
    let changed = app.change_account("password", &access, change).await;
    assert_eq!(changed.status, StatusCode::NO_CONTENT, "{}", changed.text());
    app.call("POST", "/api/account/email/confirmation", Some(&access), None).await;
    let token = app.link_to(ADA).await;
    assert_eq!(required(details(&mut signed_up, "confirm", &token).await), Value::Null);
    let body = Some(json!({"token": token}));
    assert_eq!(signed_up.post("/auth/confirm_email", body).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_account_without_a_password_requires_a_login() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    browser.request_link(ADA).await;
    let access = browser.log_in_with_link(&app.link_to(ADA).await).await.access_token();
    let new = json!({"email": "lovelace@example.org"});
    app.change_account("email", &access, new).await;
    let token = app.link_to("lovelace@example.org").await;
    let answer = details(&mut app.browser(), "confirm", &token).await;
    assert_eq!(
        (&answer["email"], &answer["required"]),
        (&json!("lovelace@example.org"), &json!("log_in"))
    );
}

#[tokio::test]
async fn checks_are_rate_limited_per_client_and_do_not_limit_the_use_of_links() {
    let app = TestApp::start_with(&[("HANDSTAMP_RATE_LIMITS", "on")]).await;
    let mut browser = app.browser();
    browser.request_link(ADA).await;
    let token = app.link_to(ADA).await;
    for _ in 0..60 {
        details(&mut browser, "magic", &token).await;
    }
    check(&mut browser, "magic", &token).await.assert_problem(429, "rate_limited");
    assert_eq!(browser.log_in_with_link(&token).await.status, StatusCode::OK);
}
