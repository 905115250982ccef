//! The verification of an address, and what happens to an account whose address was not verified.

use crate::helpers::{PASSWORD, TestApp};
use axum::http::StatusCode;
use serde_json::{Value, json};

const ADA: &str = "ada@example.org";

/// A user who opens the e-mail by mistake must not verify the account of an attacker.
#[tokio::test]
async fn verification_requires_the_password_or_the_browser_that_signed_up() {
    let app = TestApp::start().await;
    app.browser().sign_up("ada").await;
    let token = app.link_to(ADA).await;
    let mut elsewhere = app.browser();
    let with = |password: Value| Some(json!({"token": token, "password": password}));
    let without = elsewhere.post("/auth/confirm_email", with(json!(null))).await;
    without.assert_problem(403, "confirmation_required");
    let wrong = elsewhere.post("/auth/confirm_email", with(json!("wrong password"))).await;
    assert_eq!(wrong.wrong_fields(), ["password"]);
    let right = elsewhere.post("/auth/confirm_email", with(json!(PASSWORD))).await;
    assert_eq!(right.status, StatusCode::OK, "{}", right.text());
    let mut grace = app.browser();
    grace.sign_up("grace").await;
    let body = json!({"token": app.link_to("grace@example.org").await});
    assert_eq!(grace.post("/auth/confirm_email", Some(body)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_verification_link_is_sent_again_until_the_address_is_verified() {
    let app = TestApp::start().await;
    let access = app.browser().sign_up("ada").await.access_token();
    let send_again = async || {
        let path = "/api/account/email/confirmation";
        assert_eq!(app.call("POST", path, Some(&access), None).await.status, StatusCode::ACCEPTED);
        app.mails_to(ADA).await.len()
    };
    assert_eq!(send_again().await, 2);
    app.confirm_email(ADA).await;
    assert_eq!(send_again().await, 2);
    assert_eq!(app.events(&access).await[0], "email_confirmed");
}

/// An attacker who signed up with another user's address loses access once that user logs in.
#[tokio::test]
async fn the_first_magic_link_login_revokes_sessions_from_before_verification() {
    let app = TestApp::start().await;
    let (mut attacker, mut attacker_elsewhere, mut ada) =
        (app.browser(), app.browser(), app.browser());
    attacker.sign_up("ada").await;
    attacker_elsewhere.log_in("ada", PASSWORD).await;
    ada.request_link(ADA).await;
    let answer = ada.log_in_with_link(&app.link_to(ADA).await).await;
    assert_eq!(answer.status, StatusCode::OK);
    attacker.refresh().await.assert_problem(401, "session_revoked");
    attacker_elsewhere.refresh().await.assert_problem(401, "session_revoked");
    let events = app.events(&answer.access_token()).await;
    assert_eq!(events[..2], ["logged_in_by_link", "password_removed"]);
    app.browser().log_in("ada", PASSWORD).await.assert_problem(401, "invalid_credentials");
    assert!(app.mail_to(ADA).await["subject"].as_str().unwrap().contains("password was removed"));
}

#[tokio::test]
async fn a_verified_account_keeps_its_password_on_magic_link_login() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    browser.sign_up("ada").await;
    app.confirm_email(ADA).await;
    let mut other = app.browser();
    other.request_link(ADA).await;
    assert_eq!(other.log_in_with_link(&app.link_to(ADA).await).await.status, StatusCode::OK);
    assert_eq!(browser.refresh().await.status, StatusCode::OK);
    assert_eq!(app.browser().log_in("ada", PASSWORD).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_verification_mail_names_the_account() {
    let app = TestApp::start().await;
    app.browser().sign_up("ada").await;
    assert!(app.mail_to(ADA).await["text"].as_str().unwrap().contains("Hi ada,"));
}

#[tokio::test]
async fn links_of_a_deleted_account_are_invalid() {
    let app = TestApp::start().await;
    let access = app.browser().sign_up("ada").await.access_token();
    let body = json!({"email": "new@example.org", "password": PASSWORD});
    app.change_account("email", &access, body).await;
    let tokens = [app.link_to(ADA).await, app.link_to("new@example.org").await];
    app.delete_account(&access).await;
    for token in tokens {
        let answer = app.browser().post("/auth/confirm_email", Some(json!({"token": token}))).await;
        answer.assert_problem(400, "link_invalid");
    }
}
