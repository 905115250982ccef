//! Listing the sessions of a user, and ending them (ASVS 7.5.2).

use crate::helpers::{PASSWORD, TestApp};
use axum::http::StatusCode;
use serde_json::Value;
use std::time::Duration;

async fn list(app: &TestApp, access: &str) -> Vec<Value> {
    let answer = app.get("/api/sessions", access).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()["sessions"].as_array().unwrap().clone()
}

fn id_of(session: &Value) -> String {
    session["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn session_list_contains_only_own_active_sessions() {
    let app = TestApp::start().await;
    let (mut phone, mut laptop) = (app.browser(), app.browser());
    phone.sign_up("ada").await;
    app.signed_up().await;
    app.advance_seconds(60);
    let access = laptop.log_in("ada", PASSWORD).await.access_token();
    let sessions = list(&app, &access).await;
    assert_eq!(sessions.len(), 2);
    assert_eq!((&sessions[0]["current"], &sessions[1]["current"]), (&true.into(), &false.into()));
    assert_eq!(sessions[0]["ip"], "192.0.2.7");
    assert_eq!(sessions[0]["user_agent"], Value::Null);
    for member in ["created_at", "last_seen_at", "expires_at"] {
        assert!(sessions[0][member].as_str().unwrap().ends_with('Z'));
    }
    app.advance_seconds(60);
    phone.refresh().await;
    assert_eq!(
        list(&app, &access).await[0]["current"],
        false,
        "the most recently used session comes first"
    );
    phone.post("/auth/log_out", None).await;
    assert_eq!(list(&app, &access).await.len(), 1);
}

#[tokio::test]
async fn a_session_ended_from_another_reports_the_reason() {
    let app = TestApp::start().await;
    let (mut phone, mut laptop) = (app.browser(), app.browser());
    let on_phone = phone.sign_up("ada").await.access_token();
    let on_laptop = laptop.log_in("ada", PASSWORD).await.access_token();
    let sessions = list(&app, &on_laptop).await;
    let other = id_of(sessions.iter().find(|session| session["current"] == false).unwrap());
    let path = format!("/api/sessions/{other}");
    for _ in 0..2 {
        let answer = app.call("DELETE", &path, Some(&on_laptop), None).await;
        assert_eq!((answer.status, answer.text().as_str()), (StatusCode::NO_CONTENT, ""));
    }
    app.get("/api/profile", &on_phone).await.assert_problem(401, "session_revoked");
    let answer = phone.refresh().await;
    answer.assert_problem(401, "session_revoked");
    assert_eq!(answer.json()["reason"], "ended_elsewhere");
    assert_eq!(laptop.refresh().await.status, StatusCode::OK);
}

#[tokio::test]
async fn ending_the_current_session_logs_out() {
    let app = TestApp::start().await;
    let (mut browser, access) = app.signed_up().await;
    let own = id_of(&list(&app, &access).await[0]);
    app.call("DELETE", &format!("/api/sessions/{own}"), Some(&access), None).await;
    app.get("/api/profile", &access).await.assert_problem(401, "session_revoked");
    assert_eq!(browser.refresh().await.json()["reason"], "logged_out");
}

#[tokio::test]
async fn ending_other_sessions_keeps_the_current_one() {
    let app = TestApp::start().await;
    let (mut phone, mut laptop, mut tablet) = (app.browser(), app.browser(), app.browser());
    phone.sign_up("ada").await;
    tablet.log_in("ada", PASSWORD).await;
    let access = laptop.log_in("ada", PASSWORD).await.access_token();
    let (mut other_user, _) = app.signed_up().await;
    let answer = app.call("DELETE", "/api/sessions/others", Some(&access), None).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    for other in [&mut phone, &mut tablet] {
        other.refresh().await.assert_problem(401, "session_revoked");
    }
    assert_eq!(list(&app, &access).await.len(), 1);
    assert_eq!(laptop.refresh().await.status, StatusCode::OK);
    assert_eq!(other_user.refresh().await.status, StatusCode::OK);
}

#[tokio::test]
async fn ending_another_users_session_returns_404() {
    let app = TestApp::start().await;
    let (mut victim, theirs) = app.signed_up().await;
    let (_, access) = app.signed_up().await;
    let id = id_of(&list(&app, &theirs).await[0]);
    let foreign = app.call("DELETE", &format!("/api/sessions/{id}"), Some(&access), None).await;
    foreign.assert_problem(404, "not_found");
    for unknown in ["018f3c1e-0000-7000-8000-000000000000", "nonsense", "1"] {
        let answer =
            app.call("DELETE", &format!("/api/sessions/{unknown}"), Some(&access), None).await;
        assert_eq!((answer.status, answer.text()), (foreign.status, foreign.text()));
    }
    assert_eq!(victim.refresh().await.status, StatusCode::OK);
}

#[tokio::test]
async fn idle_sessions_are_not_listed() {
    let app = TestApp::start_with(&[("HANDSTAMP_IDLE_TTL", "1h")]).await;
    let (mut idle, mut used) = (app.browser(), app.browser());
    idle.sign_up("ada").await;
    used.log_in("ada", PASSWORD).await;
    app.advance(Duration::from_mins(59));
    used.refresh().await;
    app.advance(Duration::from_mins(2));
    let access = used.refresh().await.access_token();
    assert_eq!(list(&app, &access).await.len(), 1);
    idle.refresh().await.assert_problem(401, "session_expired");
}
