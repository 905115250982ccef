//! The credentials that the deletion of an account requires (ASVS 7.5.1).

use crate::{
    helpers::{PASSWORD, TestApp},
    totp::Ada,
};
use axum::http::StatusCode;
use serde_json::json;

const ADA: &str = "ada@example.org";
const ACCOUNT: &str = "/api/account";

#[tokio::test]
async fn a_recent_login_is_not_enough_to_delete_an_account_with_a_password() {
    let app = TestApp::start().await;
    let access = app.browser().sign_up("ada").await.access_token();
    assert_eq!(app.get(ACCOUNT, &access).await.json()["confirmed"], json!(true));
    for body in [None, Some(json!({})), Some(json!({"password": "wrong password"}))] {
        let answer = app.call("DELETE", ACCOUNT, Some(&access), body).await;
        answer.assert_problem(422, "validation");
        assert_eq!(answer.wrong_fields(), ["password"]);
    }
    assert_eq!(app.get(ACCOUNT, &access).await.status, StatusCode::OK);
    let deleted = app.delete_account(&access).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT, "{}", deleted.text());
    app.browser().log_in("ada", PASSWORD).await.assert_problem(401, "invalid_credentials");
}

#[tokio::test]
async fn the_password_deletes_an_account_however_old_the_login_is() {
    let app = TestApp::start_with(&[("HANDSTAMP_ACCESS_TTL", "1h")]).await;
    let access = app.browser().sign_up("ada").await.access_token();
    app.advance_seconds(30 * 60);
    assert_eq!(app.delete_account(&access).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn an_account_without_a_password_is_deleted_only_after_a_recent_login() {
    let app = TestApp::start_with(&[("HANDSTAMP_ACCESS_TTL", "1h")]).await;
    let mut browser = app.browser();
    browser.request_link(ADA).await;
    let old = browser.log_in_with_link(&app.link_to(ADA).await).await.access_token();
    app.advance_seconds(16 * 60);
    app.call("DELETE", ACCOUNT, Some(&old), None)
        .await
        .assert_problem(403, "confirmation_required");
    browser.request_link(ADA).await;
    let recent = browser.log_in_with_link(&app.link_to(ADA).await).await.access_token();
    let deleted = app.call("DELETE", ACCOUNT, Some(&recent), None).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT, "{}", deleted.text());
}

#[tokio::test]
async fn with_two_step_login_the_deletion_requires_a_code_too() {
    let app = TestApp::start().await;
    let ada = Ada::new(&app).await;
    let delete = async |code: Option<&str>| {
        let body = Some(json!({"password": PASSWORD, "code": code}));
        app.call("DELETE", ACCOUNT, Some(&ada.access), body).await
    };
    delete(None).await.assert_problem(401, "second_factor_required");
    delete(Some("000000")).await.assert_problem(401, "second_factor_invalid");
    let right = ada.code(&app, 0);
    assert_eq!(delete(Some(&right)).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn wrong_passwords_for_the_deletion_are_rate_limited() {
    let app = TestApp::start_with(&[("HANDSTAMP_RATE_LIMITS", "on")]).await;
    let access = app.browser().sign_up("ada").await.access_token();
    let body = || Some(json!({"password": "wrong password"}));
    for _ in 0..5 {
        app.call("DELETE", ACCOUNT, Some(&access), body()).await.assert_problem(422, "validation");
    }
    app.call("DELETE", ACCOUNT, Some(&access), body()).await.assert_problem(429, "rate_limited");
}
