//! Invalid input gets a specific error, never a 500, and the response never repeats it.

use crate::helpers::{PASSWORD, TestApp};
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::json;

fn post(path: &str, content_type: &str, body: impl Into<Body>) -> Request<Body> {
    Request::post(path).header("content-type", content_type).body(body.into()).unwrap()
}

const JSON: &str = "application/json";

#[tokio::test]
async fn unreadable_bodies_are_bad_requests_in_both_apis() {
    let app = TestApp::start().await;
    let (_browser, token) = app.signed_up().await;
    let bodies: [&[u8]; 10] = [
        b"[\"hello\"]",
        b"{",
        b"null",
        b"[]",
        b"42",
        b"\xff\xfe",
        b"{\"username\":1234567,\"password\":\"x\",\"body\":1234567}",
        b"{}",
        b"{\"username\":\"ada\",\"body\":null}",
        b"{\"username\":\"ada\",\"password\":\"x\",\"body\":\"x\",\"more\":1234567}",
    ];
    for body in bodies {
        let text = String::from_utf8_lossy(body);
        let answer = app.send(post("/auth/log_in", JSON, body.to_vec())).await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()["code"].as_str()),
            (400, Some("bad_request")),
            "{text}"
        );
        assert!(!answer.text().contains("1234567"), "{}", answer.text());
        let mut request = post("/api/posts", JSON, body.to_vec());
        request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        let answer = app.send(request).await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()["code"].as_str()),
            (400, Some("bad_request")),
            "{text}"
        );
        assert!(!answer.text().contains("1234567"), "{}", answer.text());
    }
}

#[tokio::test]
async fn a_content_type_other_than_json_is_an_unsupported_media_type() {
    let app = TestApp::start().await;
    let (_browser, token) = app.signed_up().await;
    for kind in
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
    {
        app.send(post("/auth/log_in", kind, r#"{"username":"a","password":"b"}"#))
            .await
            .assert_problem(415, "bad_request");
        let mut request = post("/api/posts", kind, r#"{"body":"hello"}"#);
        request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        app.send(request).await.assert_problem(415, "bad_request");
    }
    let charset = post(
        "/auth/log_in",
        "application/json; charset=utf-8",
        r#"{"username":"a","password":"b"}"#,
    );
    app.send(charset).await.assert_problem(401, "invalid_credentials");
}

#[tokio::test]
async fn a_compressed_body_is_an_unsupported_media_type() {
    let app = TestApp::start().await;
    for (coding, status) in [("gzip", 415), ("br", 415), ("identity", 401)] {
        let request = Request::post("/api/login")
            .header("content-type", "application/json")
            .header("content-encoding", coding)
            .body(Body::from(r#"{"username":"ada","password":"correct horse"}"#));
        assert_eq!(app.send(request.unwrap()).await.status.as_u16(), status, "{coding}");
    }
}

/// RFC 8259 §8.1 allows a parser to ignore it; some editors and tools write one.
#[tokio::test]
async fn a_byte_order_mark_before_json_is_ignored() {
    let app = TestApp::start().await;
    app.browser().sign_up("ada").await;
    let body = json!({"username": "ada", "password": PASSWORD});
    for path in ["/api/login", "/auth/log_in"] {
        let request = Request::post(path)
            .header("content-type", "application/json")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(format!("\u{feff}{body}")));
        assert_eq!(app.send(request.unwrap()).await.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn a_body_over_64_kib_is_too_large() {
    let app = TestApp::start().await;
    let (_browser, token) = app.signed_up().await;
    let body =
        json!({"username": "ada", "password": "x".repeat(70_000), "body": "x".repeat(70_000)})
            .to_string();
    for path in [
        "/auth/sign_up",
        "/auth/log_in",
        "/auth/refresh",
        "/api/posts",
        "/api/login",
        "/api/refresh",
        "/api/logout",
    ] {
        let mut request = post(path, JSON, body.clone());
        request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        app.send(request).await.assert_problem(413, "bad_request");
    }
}

#[tokio::test]
async fn all_invalid_fields_are_reported_together() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let body = json!({"username": "a\u{0}b", "email": "nowhere", "password": "x".repeat(10_000)});
    let answer = browser.post("/auth/sign_up", Some(body)).await;
    answer.assert_problem(422, "validation");
    assert_eq!(answer.wrong_fields(), ["username", "email", "password"]);
    assert!(!answer.text().contains("xxxx"));
    let long = browser.log_in("ada", &"x".repeat(60_000)).await;
    long.assert_problem(401, "invalid_credentials");
}

#[tokio::test]
async fn a_token_in_the_query_is_rejected_everywhere() {
    let app = TestApp::start().await;
    let (browser, token) = app.signed_up().await;
    let refresh = browser.refresh_token().unwrap();
    for query in [
        format!("access_token={token}"),
        format!("a=b&refresh_token={refresh}"),
        format!("refreshToken={refresh}"),
        format!("token={token}"),
        format!("access%5Ftoken={token}"),
        format!("anything={refresh}"),
    ] {
        for path in ["/", "/api/profile", "/api/posts", "/posts"] {
            let answer = app.get(&format!("{path}?{query}"), &token).await;
            answer.assert_problem(400, "token_in_query");
            assert!(!answer.text().contains(&token) && !answer.text().contains(refresh));
        }
    }
}

#[tokio::test]
async fn unknown_routes_and_methods_return_problem_json() {
    let app = TestApp::start().await;
    for path in ["/api", "/api/", "/api/nothing", "/auth/nothing", "/auth/log_in/more"] {
        app.call("GET", path, None, None).await.assert_problem(404, "not_found");
    }
    for (method, path) in [
        ("GET", "/auth/refresh"),
        ("PUT", "/auth/log_in"),
        ("DELETE", "/api/profile"),
        ("PATCH", "/api/posts"),
    ] {
        let answer = app.call(method, path, None, None).await;
        answer.assert_problem(405, "method_not_allowed");
        assert!(answer.header("allow").is_some(), "RFC 9110 §15.5.6: {method} {path}");
    }
    let page = app.call("GET", "/no/such/page", None, None).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.text().contains("We couldn't find that page"));
}

#[test]
fn arbitrary_bodies_never_cause_a_500() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (app, token) = runtime.block_on(async {
        let app = TestApp::start().await;
        let token = app.signed_up().await.1;
        (app, token)
    });
    let paths = prop::sample::select(vec![
        "/auth/log_in",
        "/auth/sign_up",
        "/auth/refresh",
        "/auth/log_out",
        "/api/posts",
        "/api/login",
        "/api/refresh",
        "/api/logout",
    ]);
    let fields = prop::sample::select(vec![
        "username",
        "email",
        "password",
        "body",
        "refresh_token",
        "\u{0}",
    ]);
    let json_like = prop::collection::hash_map(fields, any::<Option<String>>(), 0..4)
        .prop_map(|fields| serde_json::to_vec(&fields).unwrap());
    let bodies = prop_oneof![prop::collection::vec(any::<u8>(), 0..200), json_like];
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    runner
        .run(&(paths, bodies), |(path, body)| {
            let mut request = post(path, JSON, body);
            request
                .headers_mut()
                .insert("authorization", format!("Bearer {token}").parse().unwrap());
            let answer = runtime.block_on(app.send(request));
            prop_assert!(answer.status.as_u16() < 500, "{} {}", path, answer.text());
            Ok(())
        })
        .unwrap();
}

#[tokio::test]
async fn responses_never_contain_the_password() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    for answer in [
        browser.sign_up("ada").await,
        browser.log_in("ada", PASSWORD).await,
        browser.sign_up("ada").await,
    ] {
        assert!(!answer.text().contains(PASSWORD));
    }
}
