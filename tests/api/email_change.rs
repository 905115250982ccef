//! Changes of the e-mail address.

use crate::helpers::{Answer, PASSWORD, TestApp};
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use serde_json::json;

const ADA: &str = "ada@example.org";
const EVIL: &str = "evil@example.org";
const NEW: &str = "a new and good phrase";

async fn confirm(app: &TestApp, token: &str) -> Answer {
    let body = json!({"token": token, "password": PASSWORD});
    app.browser().post("/auth/confirm_email", Some(body)).await
}

/// The address gives access to the account, so an access token alone must not change it.
#[tokio::test]
async fn changing_the_email_always_requires_the_password() {
    let app = TestApp::start().await;
    let access = app.browser().sign_up("ada").await.access_token();
    for password in [json!(null), json!("wrong password")] {
        let body = json!({"email": EVIL, "password": password});
        let answer = app.change_account("email", &access, body).await;
        answer.assert_problem(422, "validation");
        assert_eq!(answer.wrong_fields(), ["password"]);
    }
    assert!(app.mails_to(EVIL).await.is_empty());
}

#[tokio::test]
async fn a_new_address_takes_effect_when_its_link_is_opened_and_the_old_one_is_notified() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let access = browser.sign_up("ada").await.access_token();
    let body = json!({"email": "Ada@new.example.org", "password": PASSWORD});
    let answer = app.change_account("email", &access, body).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    assert_eq!(app.events(&access).await[0], "email_change_asked");
    let before = app.get("/api/account", &access).await.json();
    assert_eq!((&before["email"], &before["email_confirmed"]), (&json!(ADA), &json!(false)));
    let token = app.link_to("Ada@new.example.org").await;
    assert_eq!(confirm(&app, &token).await.status, StatusCode::OK);
    confirm(&app, &token).await.assert_problem(410, "link_used");
    let after = app.get("/api/account", &access).await.json();
    assert_eq!(after["email"], "Ada@new.example.org");
    assert_eq!(after["email_confirmed"], json!(true));
    assert!(app.mail_to(ADA).await["subject"].as_str().unwrap().contains("email was changed"));
    assert_eq!(app.browser().log_in("ada@new.example.org", PASSWORD).await.status, StatusCode::OK);
    assert_eq!(browser.refresh().await.json()["user"]["email"], "Ada@new.example.org");
}

#[tokio::test]
async fn changing_to_a_taken_address_is_reported_only_by_mail() {
    let app = TestApp::start().await;
    app.browser().sign_up("grace").await;
    let access = app.browser().sign_up("ada").await.access_token();
    let body = json!({"email": "grace@example.org", "password": PASSWORD});
    let answer = app.change_account("email", &access, body).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    let token = app.link_to("grace@example.org").await;
    confirm(&app, &token).await.assert_problem(422, "validation");
    assert_eq!(app.get("/api/account", &access).await.json()["email"], ADA);
}

/// Ada's account, with a change of the address to [`EVIL`] that an attacker with her password has requested.
struct PendingChange {
    app: TestApp,
    access: String,
    token: String,
}

impl PendingChange {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let access = app.browser().sign_up("ada").await.access_token();
        let body = json!({"email": EVIL, "password": PASSWORD});
        let answer = app.change_account("email", &access, body).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
        let token = app.link_to(EVIL).await;
        Self { app, access, token }
    }

    async fn assert_invalidated_after(&self, securing: Answer) {
        assert!(securing.status.is_success(), "{}", securing.text());
        confirm(&self.app, &self.token).await.assert_problem(410, "link_used");
    }
}

#[tokio::test]
async fn a_magic_link_login_to_an_unverified_account_invalidates_pending_email_changes() {
    let pending = PendingChange::new().await;
    let mut ada = pending.app.browser();
    ada.request_link(ADA).await;
    let token = pending.app.link_to(ADA).await;
    pending.assert_invalidated_after(ada.log_in_with_link(&token).await).await;
}

#[tokio::test]
async fn a_password_reset_invalidates_pending_email_changes() {
    let pending = PendingChange::new().await;
    let mut ada = pending.app.browser();
    ada.post("/auth/send_password_reset", Some(json!({"email": ADA}))).await;
    let body = json!({"token": pending.app.link_to(ADA).await, "password": NEW});
    pending.assert_invalidated_after(ada.post("/auth/reset_password", Some(body)).await).await;
}

#[tokio::test]
async fn a_password_change_invalidates_pending_email_changes() {
    let pending = PendingChange::new().await;
    let body = json!({"current": PASSWORD, "password": NEW});
    let changed = pending.app.change_account("password", &pending.access, body).await;
    pending.assert_invalidated_after(changed).await;
}

#[tokio::test]
async fn another_email_change_invalidates_the_pending_one() {
    let pending = PendingChange::new().await;
    let body = json!({"email": "right@example.org", "password": PASSWORD});
    let changed = pending.app.change_account("email", &pending.access, body).await;
    pending.assert_invalidated_after(changed).await;
}

#[tokio::test]
async fn ending_other_sessions_invalidates_pending_email_changes() {
    let pending = PendingChange::new().await;
    let (path, access) = ("/api/sessions/others", Some(pending.access.as_str()));
    let ended = pending.app.call("DELETE", path, access, None).await;
    pending.assert_invalidated_after(ended).await;
}

#[tokio::test]
async fn logging_out_everywhere_invalidates_pending_email_changes() {
    let pending = PendingChange::new().await;
    let request = Request::post("/auth/log_out_everywhere")
        .header("authorization", format!("Bearer {}", pending.access))
        .body(Body::empty());
    let ended = pending.app.send(request.unwrap()).await;
    pending.assert_invalidated_after(ended).await;
}
