//! The security events that users see for their account.

use crate::helpers::{PASSWORD, TestApp};
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use handstamp_server::accounts::failed_logins;
use serde_json::json;

#[tokio::test]
async fn events_are_listed_newest_first() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    browser.sign_up("ada").await;
    app.advance_seconds(1);
    let access = app.browser().log_in("ada", PASSWORD).await.access_token();
    app.advance_seconds(1);
    app.call("DELETE", "/api/sessions/others", Some(&access), None).await;
    assert_eq!(app.events(&access).await, ["others_ended", "logged_in", "signed_up"]);
    let event = app.get("/api/events", &access).await.json()["events"][0].clone();
    assert_eq!(event["sentence"], "Logged out all other devices");
    assert_eq!(event["network"], "192.0.2.0/24", "the IP address is truncated");
}

#[tokio::test]
async fn a_failed_login_is_recorded_for_its_account() {
    let app = TestApp::start().await;
    let access = app.browser().sign_up("ada").await.access_token();
    app.browser().log_in("ada", "wrong password").await;
    app.browser().log_in("unknown", "wrong password").await;
    // Written later, so that the timing of a response does not reveal whether the account exists.
    assert_eq!(app.events(&access).await, ["signed_up"]);
    failed_logins::write(&app.state.accounts).await.unwrap();
    assert_eq!(app.events(&access).await, ["log_in_failed", "signed_up"]);
}

/// A user who mistypes the own password must not be warned of a stranger.
#[tokio::test]
async fn a_wrong_password_in_the_settings_is_no_failed_login() {
    let app = TestApp::start().await;
    let access = app.browser().sign_up("ada").await.access_token();
    app.reauthenticate(&access, "wrong password").await;
    app.call("DELETE", "/api/account", Some(&access), Some(json!({"password": "wrong"}))).await;
    failed_logins::write(&app.state.accounts).await.unwrap();
    let wrong = "reauthentication_failed";
    assert_eq!(app.events(&access).await, [wrong, wrong, "signed_up"]);
}

/// Sessions and events show the same network for the same client.
#[tokio::test]
async fn sessions_and_events_have_the_same_notation_of_the_network() {
    let app = TestApp::start().await;
    let access = app.browser().sign_up("ada").await.access_token();
    let session = app.get("/api/sessions", &access).await.json()["sessions"][0].clone();
    let event = app.get("/api/events", &access).await.json()["events"][0].clone();
    assert_eq!(session["network"], "192.0.2.0/24");
    assert_eq!(session["network"], event["network"]);
}

#[tokio::test]
async fn refresh_token_reuse_is_recorded_and_mailed_once() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    browser.sign_up("ada").await;
    app.confirm_email("ada@example.org").await;
    let mut attacker = browser.stolen_copy();
    browser.refresh().await;
    app.advance_seconds(60);
    browser.refresh().await;
    app.advance_seconds(60);
    attacker.refresh().await.assert_problem(401, "refresh_token_reused");
    browser.refresh().await.assert_problem(401, "session_revoked");
    let access = app.browser().log_in("ada", PASSWORD).await.access_token();
    let events = app.events(&access).await;
    assert_eq!(events.iter().filter(|kind| *kind == "refresh_token_reused").count(), 1);
    let mails = app.mails_to("ada@example.org").await;
    let warned = mails
        .iter()
        .filter(|mail| mail["subject"].as_str().unwrap().contains("may have been stolen"));
    assert_eq!(warned.count(), 1);
}

/// An attacker cannot hide other events behind failed logins.
#[tokio::test]
async fn failed_logins_do_not_evict_other_events() {
    let app = TestApp::start().await;
    let access = app.browser().sign_up("ada").await.access_token();
    for _ in 1..=60 {
        app.advance_seconds(1);
        app.browser().log_in("ada", "wrong password").await;
        failed_logins::write(&app.state.accounts).await.unwrap();
    }
    let events = app.events(&access).await;
    assert_eq!((events.len(), events[10].as_str()), (11, "signed_up"));
}

#[tokio::test]
async fn sessions_are_listed_with_browser_and_platform() {
    let app = TestApp::start().await;
    app.browser().sign_up("ada").await;
    let body = json!({"username": "ada", "password": PASSWORD}).to_string();
    let request = Request::post("/api/login")
        .header("content-type", "application/json")
        .header(
            "user-agent",
            "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
        )
        .body(Body::from(body));
    let answer = app.send(request.unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK);
    let sessions = app.get("/api/sessions", &answer.access_token()).await.json();
    let devices = sessions["sessions"].as_array().unwrap().iter().map(|it| &it["device"]);
    assert!(devices.clone().any(|device| device == "Firefox on Linux"), "{sessions}");
}

#[tokio::test]
async fn events_of_other_users_are_not_listed() {
    let app = TestApp::start().await;
    app.browser().sign_up("ada").await;
    let access = app.browser().sign_up("grace").await.access_token();
    assert_eq!(app.events(&access).await, ["signed_up"]);
}
