//! The server functions of the lab, and the `Server-Timing` header.

use crate::helpers::{Answer, Browser, TestApp};
use axum::http::StatusCode;
use serde_json::{Value, json};

const SHORTEN: &str = "/auth/lab/cut_ticket";

async fn shorten(app: &TestApp, token: &str, seconds: Value) -> Answer {
    app.call("POST", SHORTEN, Some(token), Some(json!({"seconds": seconds}))).await
}

async fn steal(browser: &mut Browser<'_>) -> Value {
    let answer = browser.post("/auth/lab/steal", None).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert!(!answer.text().contains("hsr_"), "the page never gets the copied token");
    assert!(answer.set_cookies().is_empty());
    answer.json()
}

async fn strike(browser: &mut Browser<'_>) -> Value {
    let answer = browser.post("/auth/lab/strike", None).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert!(!answer.text().contains("hsr_") && !answer.text().contains("eyJ"));
    assert!(answer.set_cookies().is_empty(), "the attacker's tokens do not go to the browser");
    answer.json()
}

#[tokio::test]
async fn lab_and_server_timing_are_disabled_without_demo() {
    let app = TestApp::start_with(&[("HANDSTAMP_DEMO", "false")]).await;
    let (mut browser, token) = app.signed_up().await;
    for name in ["lose_refresh", "steal", "strike"] {
        browser.post(&format!("/auth/lab/{name}"), None).await.assert_problem(404, "not_found");
    }
    shorten(&app, &token, json!(5)).await.assert_problem(404, "not_found");
    for (name, body) in [("pass_time", json!({"seconds": 5})), ("end_session", json!({}))] {
        let path = format!("/auth/lab/{name}");
        app.call("POST", &path, Some(&token), Some(body)).await.assert_problem(404, "not_found");
    }
    assert_eq!(browser.refresh().await.header("server-timing"), None);
    let page = app.call("GET", "/lab", None, None).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_access_token_can_be_shortened_and_never_extended() {
    let app = TestApp::start_with(&[("HANDSTAMP_ACCESS_TTL", "60s")]).await;
    let (_, token) = app.signed_up().await;
    let answer = shorten(&app, &token, json!(5)).await;
    assert_eq!(answer.json()["expires_in"], 5);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let short = answer.access_token();
    assert_eq!(app.get("/api/profile", &short).await.status, StatusCode::OK);
    let longer = shorten(&app, &short, json!(300)).await;
    assert_eq!(longer.json()["expires_in"], 5, "it expires with the token before at the latest");
    app.advance_seconds(5);
    for token in [short, longer.access_token()] {
        app.get("/api/profile", &token).await.assert_problem(401, "access_token_expired");
        shorten(&app, &token, json!(5)).await.assert_problem(401, "access_token_expired");
    }
    assert_eq!(app.get("/api/profile", &token).await.status, StatusCode::OK);
    for bad in [json!(0), json!(301)] {
        let answer = shorten(&app, &token, bad).await;
        answer.assert_problem(422, "validation");
        assert_eq!(answer.wrong_fields(), ["seconds"]);
    }
    shorten(&app, &token, json!(-1)).await.assert_problem(400, "bad_request");
    app.call("POST", SHORTEN, None, Some(json!({"seconds": 5})))
        .await
        .assert_problem(401, "access_token_missing");
}

#[tokio::test]
async fn a_shortened_access_token_never_outlives_its_session() {
    let app = TestApp::start().await;
    let (mut browser, token) = app.signed_up().await;
    let short = shorten(&app, &token, json!(300)).await.access_token();
    browser.post("/auth/log_out", None).await;
    app.get("/api/profile", &short).await.assert_problem(401, "session_revoked");
}

#[tokio::test]
async fn a_lost_refresh_can_be_repeated_with_the_same_attempt_id() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    browser.begin_attempt("AAAAAAAAAAAAAAAAAAAAAA");
    let before = browser.refresh_token().unwrap().to_owned();
    let lost = browser.post("/auth/lab/lose_refresh", None).await;
    lost.assert_problem(504, "unavailable");
    assert!(lost.set_cookies().is_empty() && !lost.text().contains("eyJ"));
    assert_eq!(browser.refresh_token(), Some(before.as_str()));
    app.advance_seconds(3600);
    let repeated = browser.refresh().await;
    assert_eq!(repeated.status, StatusCode::OK);
    assert!(repeated.header("server-timing").unwrap().contains("stamp;desc=\"1 repeated\""));
    let mut anonymous = app.browser();
    let answer = anonymous.post("/auth/lab/lose_refresh", None).await;
    answer.assert_problem(401, "refresh_token_missing");
}

#[tokio::test]
async fn an_attacker_who_refreshes_second_is_detected_and_the_session_ends() {
    let app = TestApp::start().await;
    let (mut browser, token) = app.signed_up().await;
    let (mut other, other_token) = app.signed_up().await;
    assert_eq!(steal(&mut browser).await, json!({"generation": 0, "rotates_in": 0}));
    browser.begin_attempt("AAAAAAAAAAAAAAAAAAAAAA");
    assert_eq!(browser.refresh().await.status, StatusCode::OK);
    app.advance_seconds(10);
    let caught = strike(&mut browser).await;
    assert_eq!(caught, json!({"shown": 0, "holds": null, "refused": "refresh_token_reused"}));
    app.get("/api/profile", &token).await.assert_problem(401, "session_revoked");
    let refused = browser.refresh().await;
    refused.assert_problem(401, "session_revoked");
    assert_eq!(refused.json()["reason"], "reuse");
    // Sessions of other users are not affected.
    assert_eq!(app.get("/api/profile", &other_token).await.status, StatusCode::OK);
    other.post("/auth/lab/strike", None).await.assert_problem(404, "not_found");
}

#[tokio::test]
async fn an_attacker_who_refreshes_first_is_detected_when_the_owner_refreshes() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    browser.begin_attempt("AAAAAAAAAAAAAAAAAAAAAA");
    assert_eq!(browser.refresh().await.status, StatusCode::OK);
    app.advance_seconds(5);
    assert_eq!(steal(&mut browser).await, json!({"generation": 1, "rotates_in": 15_000}));
    let held = strike(&mut browser).await;
    assert_eq!(held, json!({"shown": 1, "holds": 1, "refused": null}), "the hold is not over yet");
    app.advance_seconds(15);
    assert_eq!(strike(&mut browser).await, json!({"shown": 1, "holds": 2, "refused": null}));
    app.advance_seconds(10);
    browser.begin_attempt("BBBBBBBBBBBBBBBBBBBBBB");
    browser.refresh().await.assert_problem(401, "refresh_token_reused");
}

#[tokio::test]
async fn the_lab_theft_requires_a_running_session() {
    let app = TestApp::start().await;
    let mut anonymous = app.browser();
    for name in ["steal", "strike"] {
        let path = format!("/auth/lab/{name}");
        anonymous.post(&path, None).await.assert_problem(401, "refresh_token_missing");
    }
    anonymous.store_refresh_token("hsr_garbage");
    anonymous.post("/auth/lab/steal", None).await.assert_problem(401, "refresh_token_invalid");
    let (mut browser, _) = app.signed_up().await;
    let token = browser.refresh_token().unwrap().to_owned();
    browser.post("/auth/lab/strike", None).await.assert_problem(404, "not_found");
    browser.post("/auth/log_out", None).await;
    browser.store_refresh_token(&token);
    browser.post("/auth/lab/steal", None).await.assert_problem(401, "session_revoked");
}

#[tokio::test]
async fn time_passes_for_one_session_alone() {
    let app = TestApp::start().await;
    let (mut browser, token) = app.signed_up().await;
    let (mut other, other_token) = app.signed_up().await;
    let pass = async |token: &str, seconds: Value| {
        app.call("POST", "/auth/lab/pass_time", Some(token), Some(json!({"seconds": seconds})))
            .await
    };
    // The times of a session that has rotated decide about its next refresh.
    for browser in [&mut browser, &mut other] {
        browser.begin_attempt("AAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(browser.refresh().await.status, StatusCode::OK);
    }
    let passed = pass(&token, json!(20)).await;
    assert_eq!(passed.status, StatusCode::OK, "{}", passed.text());
    assert_eq!(passed.json()["expires_in"], 15 * 60 - 20);
    for (browser, outcome) in [(&mut browser, "2 rotated"), (&mut other, "1 kept")] {
        browser.begin_attempt("BBBBBBBBBBBBBBBBBBBBBB");
        let refreshed = browser.refresh().await;
        assert!(refreshed.header("server-timing").unwrap().contains(outcome));
    }
    // The access token expires with the time that passed, and never lives longer than the one before.
    let expired = pass(&passed.access_token(), json!(15 * 60)).await;
    assert_eq!(expired.json()["expires_in"], 0);
    let refused = app.get("/api/profile", &expired.access_token()).await;
    refused.assert_problem(401, "access_token_expired");
    assert!(
        refused.header("server-timing").unwrap().contains("ticket;desc=\"access_token_expired\"")
    );
    assert_eq!(app.get("/api/profile", &other_token).await.status, StatusCode::OK);
    // The session ends with its own end.
    let (_, token) = (pass(&token, json!(400 * 86_400)).await, token);
    browser.refresh().await.assert_problem(401, "session_expired");
    assert_eq!(other.refresh().await.status, StatusCode::OK);
    for bad in [json!(0), json!(400 * 86_400 + 1)] {
        pass(&token, bad).await.assert_problem(422, "validation");
    }
    app.call("POST", "/auth/lab/pass_time", None, Some(json!({"seconds": 1})))
        .await
        .assert_problem(401, "access_token_missing");
}

#[tokio::test]
async fn a_session_can_be_ended_as_from_another_device() {
    let app = TestApp::start().await;
    let (mut browser, token) = app.signed_up().await;
    let (_, other_token) = app.signed_up().await;
    let ended = app.call("POST", "/auth/lab/end_session", Some(&token), Some(json!({}))).await;
    assert_eq!(ended.status, StatusCode::OK, "{}", ended.text());
    let refused = app.get("/api/profile", &token).await;
    refused.assert_problem(401, "session_revoked");
    assert!(refused.header("server-timing").unwrap().contains("ticket;desc=\"session_revoked\""));
    let refused = browser.refresh().await;
    refused.assert_problem(401, "session_revoked");
    assert_eq!(refused.json()["reason"], "ended_elsewhere");
    assert!(refused.header("server-timing").unwrap().contains("stamp;desc=\"0 session_revoked\""));
    assert_eq!(app.get("/api/profile", &other_token).await.status, StatusCode::OK);
}

/// The metric names in a `Server-Timing` header, in order.
fn parts(answer: &Answer) -> Vec<String> {
    let header = answer.header("server-timing").unwrap_or_default();
    header.split(", ").map(|part| part.split(';').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn server_timing_lists_the_parts_of_a_request_in_a_demo() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let signed_up = browser.sign_up("ada").await;
    assert_eq!(parts(&signed_up), ["db", "hash", "sign", "stamp"]);
    assert!(signed_up.header("server-timing").unwrap().contains("stamp;desc=\"0 pressed\""));
    let token = signed_up.access_token();
    browser.begin_attempt("AAAAAAAAAAAAAAAAAAAAAA");
    let rotated = browser.refresh().await;
    assert_eq!(parts(&rotated), ["verify", "db", "sign", "stamp"]);
    assert!(rotated.header("server-timing").unwrap().contains("stamp;desc=\"1 rotated\""));
    let kept = browser.refresh().await;
    assert!(kept.header("server-timing").unwrap().contains("stamp;desc=\"1 kept\""));
    assert_eq!(parts(&app.get("/api/posts", &token).await), ["verify", "db"]);
    let refused = app.get("/api/profile", "eyJ.no.token").await;
    assert_eq!(parts(&refused), ["verify", "ticket"], "an invalid token causes no database query");
    // The timing must not reveal whether the account exists.
    for name in ["ada", "unknown"] {
        let answer = browser.log_in(name, "wrong password").await;
        assert_eq!(answer.header("server-timing"), None);
    }
}

#[tokio::test]
async fn the_lab_page_is_rendered_with_all_nineteen_steps() {
    let app = TestApp::start().await;
    let page = app.call("GET", "/lab", None, None).await;
    assert_eq!(page.status, StatusCode::OK);
    for step in 1..=19 {
        assert!(page.text().contains(&format!("data-step=\"{step}\"")), "step {step}");
    }
    assert!(page.text().contains("The interceptor asks for a new ticket"));
}
