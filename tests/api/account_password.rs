//! Changes of the password by its user, and the rules for new passwords.

use crate::helpers::{PASSWORD, TestApp};
use axum::http::StatusCode;
use serde_json::json;

const ADA: &str = "ada@example.org";
const NEW: &str = "a new and good phrase";

#[tokio::test]
async fn changing_the_password_requires_the_current_one_and_revokes_other_sessions() {
    let app = TestApp::start().await;
    let (mut here, mut there) = (app.browser(), app.browser());
    let access = here.sign_up("ada").await.access_token();
    app.confirm_email(ADA).await;
    there.log_in("ada", PASSWORD).await;
    for current in [json!("wrong password"), json!(null)] {
        let body = json!({"current": current, "password": NEW});
        let answer = app.change_account("password", &access, body).await;
        answer.assert_problem(422, "validation");
        assert_eq!(answer.wrong_fields(), ["current"]);
    }
    let body = json!({"current": PASSWORD, "password": NEW});
    let answer = app.change_account("password", &access, body).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.text());
    assert_eq!(there.refresh().await.json()["reason"], "password_changed");
    assert_eq!(here.refresh().await.status, StatusCode::OK, "the current session is kept");
    app.browser().log_in("ada", PASSWORD).await.assert_problem(401, "invalid_credentials");
    assert_eq!(app.browser().log_in("ada", NEW).await.status, StatusCode::OK);
    assert!(app.mail_to(ADA).await["subject"].as_str().unwrap().contains("password was changed"));
}

#[tokio::test]
async fn changing_the_password_rejects_a_weak_one() {
    let app = TestApp::start().await;
    let access = app.browser().sign_up("ada").await.access_token();
    for weak in ["1234567", "qwertyuiop", "ada12345"] {
        let body = json!({"current": PASSWORD, "password": weak});
        let answer = app.change_account("password", &access, body).await;
        assert_eq!(answer.wrong_fields(), ["password"], "{weak}");
    }
    assert_eq!(app.browser().log_in("ada", PASSWORD).await.status, StatusCode::OK);
}

#[tokio::test]
async fn changing_the_password_keeps_other_sessions_on_request() {
    let app = TestApp::start().await;
    let (mut here, mut there) = (app.browser(), app.browser());
    let access = here.sign_up("ada").await.access_token();
    there.log_in("ada", PASSWORD).await;
    let body = json!({"current": PASSWORD, "password": NEW, "keep_others": true});
    let answer = app.change_account("password", &access, body).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(there.refresh().await.status, StatusCode::OK);
}

#[tokio::test]
async fn concurrent_password_changes_conflict() {
    let app = TestApp::start().await;
    let access = app.browser().sign_up("ada").await.access_token();
    let change = |password: &'static str| {
        app.change_account("password", &access, json!({"current": PASSWORD, "password": password}))
    };
    let (one, two) = tokio::join!(change(NEW), change("another good phrase"));
    let (accepted, rejected) = if one.status == StatusCode::NO_CONTENT {
        (NEW, two)
    } else {
        ("another good phrase", one)
    };
    rejected.assert_problem(422, "validation");
    assert_eq!(app.browser().log_in("ada", accepted).await.status, StatusCode::OK);
    let events = app.events(&access).await;
    assert_eq!(events.iter().filter(|kind| *kind == "password_changed").count(), 1);
}

#[tokio::test]
async fn a_passwordless_user_can_set_one_after_a_recent_login() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    browser.request_link(ADA).await;
    let access = browser.log_in_with_link(&app.link_to(ADA).await).await.access_token();
    let answer = app.change_account("password", &access, json!({"password": NEW})).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.text());
    assert_eq!(app.browser().log_in(ADA, NEW).await.status, StatusCode::OK);
}

/// An attacker who signs up with another user's address can't make the server send mail to it without limit.
#[tokio::test]
async fn unverified_addresses_get_no_notifications() {
    let app = TestApp::start().await;
    let access = app.browser().sign_up("ada").await.access_token();
    let (mut current, mut next) = (PASSWORD, NEW);
    for _ in 0..4 {
        let body = json!({"current": current, "password": next});
        let answer = app.change_account("password", &access, body).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
        std::mem::swap(&mut current, &mut next);
    }
    assert_eq!(app.mails_to(ADA).await.len(), 1, "only the e-mail with the verification link");
}

#[tokio::test]
async fn common_and_personal_passwords_are_rejected_with_a_reason() {
    let app = TestApp::start().await;
    for weak in ["password1", "iloveyou", "augusta-1815"] {
        let body =
            json!({"username": "augusta", "email": "augusta-1815@example.org", "password": weak});
        let answer = app.browser().post("/auth/sign_up", Some(body)).await;
        answer.assert_problem(422, "validation");
        assert_eq!(answer.wrong_fields(), ["password"]);
        assert!(answer.text().contains("easy to guess"), "{}", answer.text());
        let body = json!({"password": weak, "own": ["augusta", "augusta-1815@example.org"]});
        let strength = app.browser().post("/auth/password_strength", Some(body)).await;
        assert!(strength.json()["score"].as_u64().unwrap() < 2 && !strength.text().contains(weak));
    }
    let strong = json!({"password": "correct horse battery", "own": []});
    let strength = app.browser().post("/auth/password_strength", Some(strong)).await.json();
    assert_eq!(strength, json!({"score": 4, "is_personal": false, "advice": ""}));
}
