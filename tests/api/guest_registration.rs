//! A guest account is turned into an account that stays, with both APIs.

use crate::helpers::{Answer, PASSWORD, TestApp};
use axum::http::StatusCode;
use handstamp_server::{accounts::sign_up::GUEST_TTL, housekeeping::tidy};
use serde_json::{Value, json};
use std::time::Duration;

const ADA: &str = "ada@example.org";
const JSON: &str = "/api/account/registration";
const COOKIE: &str = "/auth/register_guest";

fn ada() -> Value {
    json!({"username": "ada", "email": ADA, "password": PASSWORD})
}

async fn register(app: &TestApp, path: &str, access: &str, body: Value) -> Answer {
    app.call("POST", path, Some(access), Some(body)).await
}

#[tokio::test]
async fn a_registered_guest_keeps_the_session_and_the_posts() {
    for path in [JSON, COOKIE] {
        let app = TestApp::start().await;
        let mut browser = app.browser();
        let access = browser.post("/auth/try_it", None).await.access_token();
        app.call("POST", "/api/posts", Some(&access), Some(json!({"body": "hello"}))).await;
        let before = app.get("/api/profile", &access).await.json();
        assert_eq!(before["guest"], json!(true));
        let answer = register(&app, path, &access, ada()).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text());
        let after = app.get("/api/profile", &access).await.json();
        assert_eq!((&after["guest"], &after["username"]), (&json!(false), &json!("ada")));
        assert_eq!((&after["id"], &after["session"]), (&before["id"], &before["session"]));
        assert_eq!(browser.refresh().await.json()["user"]["email"], ADA);
        assert_eq!(app.events(&access).await, ["guest_registered", "signed_up"]);
        assert_eq!(app.browser().log_in("ada", PASSWORD).await.status, StatusCode::OK);
        // Neither the account nor its posts are deleted with the guests of the day.
        app.advance(GUEST_TTL + Duration::from_secs(60));
        tidy(&app.state).await;
        let access = app.browser().log_in("ada", PASSWORD).await.access_token();
        let posts = app.get("/api/posts", &access).await.json();
        assert_eq!(
            (&posts["posts"][0]["body"], &posts["posts"][0]["author"]),
            (&json!("hello"), &json!("ada"))
        );
    }
}

#[tokio::test]
async fn the_address_of_a_registered_guest_is_confirmed_with_a_link() {
    let app = TestApp::start().await;
    let access = app.browser().post("/auth/try_it", None).await.access_token();
    register(&app, JSON, &access, ada()).await;
    let confirmed =
        async || app.get("/api/account", &access).await.json()["email_confirmed"].clone();
    assert_eq!(confirmed().await, json!(false));
    app.confirm_email(ADA).await;
    assert_eq!(confirmed().await, json!(true));
}

#[tokio::test]
async fn a_refused_registration_changes_nothing() {
    let app = TestApp::start().await;
    app.browser().sign_up("grace").await;
    let access = app.browser().post("/auth/try_it", None).await.access_token();
    for path in [JSON, COOKIE] {
        for (body, field) in [
            (json!({"username": "grace", "email": ADA, "password": PASSWORD}), "username"),
            (
                json!({"username": "ada", "email": "grace@example.org", "password": PASSWORD}),
                "email",
            ),
            (json!({"username": "ada", "email": "nowhere", "password": PASSWORD}), "email"),
            (json!({"username": "ada", "email": ADA, "password": "password1"}), "password"),
            (json!({"username": "guest-1", "email": ADA, "password": PASSWORD}), "username"),
        ] {
            let answer = register(&app, path, &access, body).await;
            answer.assert_problem(422, "validation");
            assert_eq!(answer.wrong_fields(), [field]);
        }
        app.call("POST", path, None, Some(ada())).await.assert_problem(401, "access_token_missing");
    }
    assert_eq!(app.get("/api/profile", &access).await.json()["guest"], json!(true));
    assert!(app.mails_to(ADA).await.is_empty());
}

#[tokio::test]
async fn only_a_guest_can_register() {
    let app = TestApp::start().await;
    let access = app.browser().sign_up("grace").await.access_token();
    for path in [JSON, COOKIE] {
        register(&app, path, &access, ada()).await.assert_problem(400, "bad_request");
    }
    assert_eq!(app.get("/api/profile", &access).await.json()["username"], "grace");
}

/// Of two concurrent registrations, one succeeds.
#[tokio::test]
async fn a_guest_registers_once() {
    let app = TestApp::start().await;
    let access = app.browser().post("/auth/try_it", None).await.access_token();
    let other =
        json!({"username": "augusta", "email": "augusta@example.org", "password": PASSWORD});
    let (one, two) =
        tokio::join!(register(&app, JSON, &access, ada()), register(&app, JSON, &access, other));
    let succeeded = [&one, &two].iter().filter(|answer| answer.status.is_success()).count();
    assert_eq!(succeeded, 1, "{} {}", one.text(), two.text());
}

#[tokio::test]
async fn registrations_count_as_sign_ups() {
    let settings = [("HANDSTAMP_RATE_LIMITS", "on"), ("HANDSTAMP_SIGN_UP_LIMIT", "2")];
    let app = TestApp::start_with(&settings).await;
    let access = app.browser().post("/auth/try_it", None).await.access_token();
    for name in ["grace", "mary"] {
        assert_eq!(app.browser().sign_up(name).await.status, StatusCode::OK);
    }
    register(&app, JSON, &access, ada()).await.assert_problem(429, "rate_limited");
}

#[tokio::test]
async fn a_name_that_was_generated_for_a_link_is_reported_until_the_user_chooses_one() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    browser.request_link(ADA).await;
    let access = browser.log_in_with_link(&app.link_to(ADA).await).await.access_token();
    for path in ["/api/profile", "/api/account"] {
        assert_eq!(app.get(path, &access).await.json()["username_generated"], json!(true));
    }
    app.change_account("username", &access, json!({"username": "ada"})).await;
    for path in ["/api/profile", "/api/account"] {
        assert_eq!(app.get(path, &access).await.json()["username_generated"], json!(false));
    }
}
