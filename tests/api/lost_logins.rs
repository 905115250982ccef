//! Logins whose response is lost: the browser repeats the request with the same login id and gets the same outcome.

use crate::{
    helpers::{Answer, Browser, PASSWORD, TestApp},
    totp::Ada,
};
use axum::http::StatusCode;
use serde_json::json;

const LOGIN: &str = "AAAAAAAAAAAAAAAAAAAAAA";
const OTHER_LOGIN: &str = "BBBBBBBBBBBBBBBBBBBBBB";

/// A browser with this login id in its cookie.
fn browser<'a>(app: &'a TestApp, login: &str) -> Browser<'a> {
    let mut browser = app.browser();
    browser.set_cookie(&app.cookie("login"), login);
    browser
}

async fn sign_up(mut browser: Browser<'_>, password: &str) -> Answer {
    let body = json!({"username": "ada", "email": "ada@example.org", "password": password});
    browser.post("/auth/sign_up", Some(body)).await
}

async fn running_sessions(app: &TestApp, access: &str) -> usize {
    app.get("/api/sessions", access).await.json()["sessions"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_repeated_sign_up_logs_in_to_the_account_it_created() {
    let app = TestApp::start().await;
    let browser = browser(&app, LOGIN);
    let lost = sign_up(browser.clone(), PASSWORD).await.access_token();
    let repeated = sign_up(browser.clone(), PASSWORD).await;
    assert_eq!(repeated.status, StatusCode::OK, "{}", repeated.text());
    assert_eq!(running_sessions(&app, &repeated.access_token()).await, 1);
    app.get("/api/profile", &lost).await.assert_problem(401, "session_revoked");
    assert_eq!(app.mails_to("ada@example.org").await.len(), 1);
}

#[tokio::test]
async fn a_repeated_sign_up_requires_the_same_browser_and_password() {
    let app = TestApp::start().await;
    sign_up(browser(&app, LOGIN), PASSWORD).await.access_token();
    for (login, password) in [(LOGIN, "another good password"), (OTHER_LOGIN, PASSWORD)] {
        let answer = sign_up(browser(&app, login), password).await;
        assert_eq!(answer.wrong_fields(), ["username", "email"], "{login} {password}");
    }
    assert_eq!(sign_up(app.browser(), PASSWORD).await.wrong_fields(), ["username", "email"]);
    app.advance_seconds(10 * 60);
    let answer = sign_up(browser(&app, LOGIN), PASSWORD).await;
    assert_eq!(answer.wrong_fields(), ["username", "email"], "the login id has expired");
}

#[tokio::test]
async fn a_repeated_login_leaves_one_session() {
    let app = TestApp::start().await;
    app.browser().sign_up("ada").await;
    let browser = browser(&app, LOGIN);
    let lost = browser.clone().log_in("ada", PASSWORD).await.access_token();
    let repeated = browser.clone().log_in("ada", PASSWORD).await.access_token();
    assert_eq!(running_sessions(&app, &repeated).await, 2, "one session is from the sign-up");
    app.get("/api/profile", &lost).await.assert_problem(401, "session_revoked");
    // A session that was refreshed is known to the client, so a repeated login does not end it.
    let mut refreshed = browser.clone();
    let access = refreshed.log_in("ada", PASSWORD).await.access_token();
    app.advance_seconds(60);
    refreshed.refresh().await;
    browser.clone().log_in("ada", PASSWORD).await.access_token();
    assert_eq!(app.get("/api/profile", &access).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_repeated_login_needs_no_second_code() {
    let app = TestApp::start().await;
    let ada = Ada::new(&app).await;
    let code = ada.code(&app, 1);
    let body = json!({"username": "ada", "password": PASSWORD, "code": code});
    let browser = browser(&app, LOGIN);
    for _ in 0..2 {
        let answer = browser.clone().post("/auth/log_in", Some(body.clone())).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    }
    let mut other = self::browser(&app, OTHER_LOGIN);
    let answer = other.post("/auth/log_in", Some(body.clone())).await;
    answer.assert_problem(401, "second_factor_invalid");
    // A repeat can't be repeated: otherwise one code would stay valid without limit.
    let answer = browser.clone().post("/auth/log_in", Some(body)).await;
    answer.assert_problem(401, "second_factor_invalid");
}

/// A login from before two-step login was enabled did not verify a code.
#[tokio::test]
async fn a_login_from_before_2fa_does_not_replace_the_code() {
    let app = TestApp::start().await;
    let access = app.browser().sign_up("ada").await.access_token();
    app.confirm_email("ada@example.org").await;
    let attacker = browser(&app, LOGIN);
    attacker.clone().log_in("ada", PASSWORD).await.access_token();
    app.advance_seconds(1);
    Ada::enrol(&app, access).await;
    let answer = attacker.clone().log_in("ada", PASSWORD).await;
    answer.assert_problem(401, "second_factor_required");
}

#[tokio::test]
async fn a_used_link_logs_in_the_same_browser_again_for_ten_minutes() {
    let app = TestApp::start().await;
    let mut browser = browser(&app, LOGIN);
    browser.request_link("ada@example.org").await;
    let link = app.link_to("ada@example.org").await;
    let lost = browser.clone().log_in_with_link(&link).await.access_token();
    let repeated = browser.clone().log_in_with_link(&link).await.access_token();
    app.get("/api/profile", &lost).await.assert_problem(401, "session_revoked");
    assert_eq!(running_sessions(&app, &repeated).await, 1);
    let mut without_id = browser.clone();
    without_id.delete_cookie("login");
    without_id.log_in_with_link(&link).await.assert_problem(410, "link_used");
    let mut without_binding = browser.clone();
    without_binding.delete_cookie("asked");
    without_binding.log_in_with_link(&link).await.assert_problem(410, "link_used");
    app.advance_seconds(10 * 60);
    browser.log_in_with_link(&link).await.assert_problem(410, "link_used");
}
