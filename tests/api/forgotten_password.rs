//! Password resets with a link by e-mail.

use crate::helpers::{Answer, PASSWORD, TestApp};
use axum::http::StatusCode;
use serde_json::json;

const ADA: &str = "ada@example.org";
const NEW: &str = "a new and good phrase";

/// Requests a reset link and returns its token.
async fn reset_link(app: &TestApp) -> String {
    app.browser().post("/auth/send_password_reset", Some(json!({"email": ADA}))).await;
    app.link_to(ADA).await
}

async fn reset(app: &TestApp, token: &str, password: &str) -> Answer {
    let body = json!({"token": token, "password": password});
    app.browser().post("/auth/reset_password", Some(body)).await
}

#[tokio::test]
async fn a_reset_replaces_the_password_and_revokes_all_sessions() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let access = browser.sign_up("ada").await.access_token();
    let token = reset_link(&app).await;
    let answer = reset(&app, &token, NEW).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert!(answer.set_cookies().is_empty(), "a reset does not log in");
    app.get("/api/profile", &access).await.assert_problem(401, "session_revoked");
    assert_eq!(browser.refresh().await.json()["reason"], "password_changed");
    app.browser().log_in("ada", PASSWORD).await.assert_problem(401, "invalid_credentials");
    let again = app.browser().log_in("ada", NEW).await;
    assert_eq!(again.status, StatusCode::OK);
    assert!(app.events(&again.access_token()).await.contains(&"password_reset".to_owned()));
}

#[tokio::test]
async fn a_weak_password_is_rejected_and_does_not_consume_the_link() {
    let app = TestApp::start().await;
    app.browser().sign_up("ada").await;
    let token = reset_link(&app).await;
    for weak in ["short", "password123", "ada@example.org"] {
        let answer = reset(&app, &token, weak).await;
        answer.assert_problem(422, "validation");
        assert_eq!(answer.wrong_fields(), ["password"]);
    }
    assert_eq!(reset(&app, &token, NEW).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_reset_consumes_all_reset_links_of_the_account() {
    let app = TestApp::start().await;
    app.browser().sign_up("ada").await;
    let (first, second) = (reset_link(&app).await, reset_link(&app).await);
    assert_eq!(reset(&app, &first, NEW).await.status, StatusCode::OK);
    for token in [first, second] {
        reset(&app, &token, "another good phrase").await.assert_problem(410, "link_used");
    }
}

#[tokio::test]
async fn a_reset_link_for_an_unknown_address_says_there_is_no_account() {
    let app = TestApp::start().await;
    let token = reset_link(&app).await;
    let answer = reset(&app, &token, NEW).await;
    answer.assert_problem(400, "link_invalid");
    assert!(answer.text().contains("no account"));
}
