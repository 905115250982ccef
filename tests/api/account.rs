//! The user name, the deletion of an account, and guest accounts.

use crate::helpers::{PASSWORD, TestApp};
use axum::http::StatusCode;
use serde_json::json;

const ADA: &str = "ada@example.org";

#[tokio::test]
async fn an_invalid_or_taken_username_is_rejected_with_a_reason() {
    let app = TestApp::start().await;
    let access = app.browser().sign_up("ada").await.access_token();
    app.browser().sign_up("grace").await;
    for (name, reason) in [("a", "3–32"), ("ada lovelace", "Use only"), ("GRACE", "taken")] {
        let answer = app.change_account("username", &access, json!({"username": name})).await;
        answer.assert_problem(422, "validation");
        assert!(answer.text().contains(reason), "{}", answer.text());
    }
}

#[tokio::test]
async fn a_new_username_is_used_at_once_and_the_old_one_becomes_free() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let access = browser.sign_up("ada").await.access_token();
    let answer = app.change_account("username", &access, json!({"username": " Augusta "})).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.text());
    assert_eq!(browser.refresh().await.json()["user"]["username"], "Augusta");
    assert_eq!(app.browser().log_in("augusta", PASSWORD).await.status, StatusCode::OK);
    app.browser().log_in("ada", PASSWORD).await.assert_problem(401, "invalid_credentials");
    assert!(app.events(&access).await.contains(&"username_changed".to_owned()));
    let body = json!({"username": "ada", "email": "other@example.org", "password": PASSWORD});
    assert_eq!(app.browser().post("/auth/sign_up", Some(body)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn deleting_an_account_removes_its_data_and_frees_its_name() {
    let app = TestApp::start().await;
    let (mut browser, mut other) = (app.browser(), app.browser());
    let access = browser.sign_up("ada").await.access_token();
    app.confirm_email(ADA).await;
    let elsewhere = other.log_in("ada", PASSWORD).await.access_token();
    app.call("POST", "/api/posts", Some(&access), Some(json!({"body": "hello"}))).await;
    let gone = app.delete_account(&access).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.text());
    for token in [&access, &elsewhere] {
        app.get("/api/profile", token).await.assert_problem(401, "session_revoked");
    }
    assert_eq!(other.refresh().await.json()["reason"], "account_deleted");
    app.browser().log_in("ada", PASSWORD).await.assert_problem(401, "invalid_credentials");
    assert!(app.mail_to(ADA).await["subject"].as_str().unwrap().contains("account was deleted"));
    let again = app.browser().sign_up("ada").await.access_token();
    let posts = app.get("/api/posts", &again).await.json();
    assert_eq!(posts["posts"], json!([]));
}

#[tokio::test]
async fn guests_cannot_change_account_settings() {
    let app = TestApp::start().await;
    let access = app.browser().post("/auth/try_it", None).await.access_token();
    for (setting, body) in [
        ("password", json!({"password": "a new and good phrase"})),
        ("email", json!({"email": ADA})),
        ("username", json!({"username": "augusta"})),
        ("second_factor", json!({"code": "123456"})),
    ] {
        app.change_account(setting, &access, body).await.assert_problem(403, "guest_account");
    }
}

#[tokio::test]
async fn a_guest_can_delete_the_account_without_a_recent_login() {
    let app = TestApp::start_with(&[("HANDSTAMP_ACCESS_TTL", "1h")]).await;
    let access = app.browser().post("/auth/try_it", None).await.access_token();
    app.advance_seconds(30 * 60);
    let gone = app.call("DELETE", "/api/account", Some(&access), None).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
}
