//! Reading and writing with an access token (M15).

use crate::helpers::{Answer, TestApp};
use axum::http::StatusCode;
use serde_json::json;

async fn write(app: &TestApp, token: &str, body: &str) -> Answer {
    app.call("POST", "/api/posts", Some(token), Some(json!({"body": body}))).await
}

#[tokio::test]
async fn posts_are_visible_to_other_users_newest_first() {
    let app = TestApp::start().await;
    let (_one, ada) = app.signed_up().await;
    let (_two, bob) = app.signed_up().await;
    let written = write(&app, &ada, "  first\nline  ").await;
    assert_eq!(written.status, StatusCode::CREATED);
    assert_eq!(written.json()["body"], "first\nline");
    app.advance_seconds(1);
    write(&app, &bob, "second").await;
    let page = app.get("/api/posts", &bob).await.json();
    let bodies: Vec<_> =
        page["posts"].as_array().unwrap().iter().map(|post| post["body"].clone()).collect();
    assert_eq!(bodies, ["second", "first\nline"]);
    assert_eq!(page["posts"][1]["author"], "person-0");
    assert_eq!(page["posts"][1]["created_at"], "2027-01-15T08:00:00Z");
    assert!(page["next"].is_null());
}

#[tokio::test]
async fn cursor_pagination_has_no_gaps() {
    let app = TestApp::start().await;
    let (_browser, token) = app.signed_up().await;
    for n in 0..25 {
        write(&app, &token, &n.to_string()).await;
        app.advance_seconds(1);
    }
    let (mut path, mut seen) = ("/api/posts?limit=10".to_owned(), Vec::new());
    for _ in 0..4 {
        let page = app.get(&path, &token).await.json();
        seen.extend(
            page["posts"]
                .as_array()
                .unwrap()
                .iter()
                .map(|post| post["body"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/posts?limit=10&before={next}");
    }
    let expected: Vec<String> = (0..25).rev().map(|n| n.to_string()).collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_post_has_one_to_five_hundred_characters() {
    let app = TestApp::start().await;
    let (_browser, token) = app.signed_up().await;
    assert_eq!(write(&app, &token, &"🎟".repeat(500)).await.status, StatusCode::CREATED);
    for body in ["", "   ", &"x".repeat(501), "bell \u{7}"] {
        let answer = write(&app, &token, body).await;
        answer.assert_problem(422, "validation");
        assert_eq!(answer.wrong_fields(), ["body"]);
    }
}

#[tokio::test]
async fn invalid_paging_parameters_are_rejected() {
    let app = TestApp::start().await;
    let (_browser, token) = app.signed_up().await;
    for (query, status, code) in [
        ("limit=0", 422, "validation"),
        ("limit=101", 422, "validation"),
        ("limit=ten", 400, "bad_request"),
        ("limit=-1", 400, "bad_request"),
        ("before=yesterday", 400, "bad_request"),
        ("offset=3", 400, "bad_request"),
    ] {
        app.get(&format!("/api/posts?{query}"), &token).await.assert_problem(status, code);
    }
    assert_eq!(app.get("/api/posts?limit=100", &token).await.status, StatusCode::OK);
}

#[tokio::test]
async fn reading_and_writing_posts_requires_login() {
    let app = TestApp::start().await;
    app.call("GET", "/api/posts", None, None).await.assert_problem(401, "access_token_missing");
    let body = Some(json!({"body": "hello"}));
    app.call("POST", "/api/posts", None, body).await.assert_problem(401, "access_token_missing");
}

#[tokio::test]
async fn posting_is_rate_limited_per_user() {
    let app = TestApp::start_with(&[("HANDSTAMP_RATE_LIMITS", "on")]).await;
    let (ada, bob) = (
        app.browser().sign_up("ada").await.access_token(),
        app.browser().sign_up("bob").await.access_token(),
    );
    for n in 0..60 {
        assert_eq!(write(&app, &ada, &n.to_string()).await.status, StatusCode::CREATED);
    }
    let refused = write(&app, &ada, "one more").await;
    refused.assert_problem(429, "rate_limited");
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(write(&app, &bob, "by another user").await.status, StatusCode::CREATED);
    app.advance_seconds(1);
    assert_eq!(write(&app, &ada, "one more").await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn only_its_author_can_delete_a_post() {
    let app = TestApp::start().await;
    let (_one, ada) = app.signed_up().await;
    let (_two, bob) = app.signed_up().await;
    let path = write(&app, &ada, "hello").await.header("location").unwrap().to_owned();
    app.call("DELETE", &path, None, None).await.assert_problem(401, "access_token_missing");
    app.call("DELETE", &path, Some(&bob), None).await.assert_problem(404, "not_found");
    assert_eq!(app.get(&path, &bob).await.status, StatusCode::OK);
    assert_eq!(app.call("DELETE", &path, Some(&ada), None).await.status, StatusCode::NO_CONTENT);
    app.get(&path, &bob).await.assert_problem(404, "not_found");
    app.call("DELETE", &path, Some(&ada), None).await.assert_problem(404, "not_found");
}
