//! The JSON API for native clients: the same rotation engine, with the tokens in the body (M8).

use crate::helpers::{Answer, PASSWORD, TestApp};
use axum::http::StatusCode;
use serde_json::{Value, json};

const A: &str = "8e03978e-40d5-43dd-bc93-6894a57f9324";
const B: &str = "2f0c6a4e-7f9b-4a54-9b49-31b8b0a1d5a7";
const WINDOW: u64 = 10;
const HOLD: u64 = 20;

/// Starts an app with one user, logged in through the JSON API. Returns the refresh token.
async fn logged_in() -> (TestApp, String) {
    let app = TestApp::start().await;
    app.browser().sign_up("ada").await;
    let token = app.json_login("ada").await.native_refresh_token();
    (app, token)
}

async fn log_out(app: &TestApp, token: &str) -> Answer {
    app.call("POST", "/api/logout", None, Some(json!({"refresh_token": token}))).await
}

#[tokio::test]
async fn login_returns_both_tokens_and_sets_no_cookie() {
    let app = TestApp::start().await;
    app.browser().sign_up("ada").await;
    let answer = app.json_login("ada@example.org").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(answer.set_cookies().is_empty());
    let tokens = answer.json();
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 900);
    assert_eq!(tokens["refresh_token_expires_in"], 30 * 24 * 3600);
    assert!(tokens["refresh_token"].as_str().unwrap().starts_with("hsr_"));
    assert_eq!(tokens.as_object().unwrap().len(), 5, "{tokens}");
    assert_eq!(app.get("/api/profile", &answer.access_token()).await.json()["username"], "ada");
}

#[tokio::test]
async fn unknown_users_and_wrong_passwords_get_the_same_error() {
    let app = TestApp::start().await;
    app.browser().sign_up("ada").await;
    let log_in = async |name: &str, password: &str| {
        let body = json!({"username": name, "password": password});
        app.call("POST", "/api/login", None, Some(body)).await
    };
    let (wrong, unknown) = (log_in("ada", "wrong but long").await, log_in("bob", PASSWORD).await);
    wrong.assert_problem(401, "invalid_credentials");
    assert_eq!((wrong.status, wrong.text()), (unknown.status, unknown.text()));
}

#[tokio::test]
async fn refresh_rotates_the_token_and_keeps_the_session_expiry() {
    let (app, first) = logged_in().await;
    app.advance_seconds(3600);
    let answer = app.native_refresh(&first, None).await;
    let second = answer.native_refresh_token();
    assert_ne!(second, first);
    assert_eq!(answer.json()["refresh_token_expires_in"], 30 * 24 * 3600 - 3600);
    assert_eq!(app.get("/api/profile", &answer.access_token()).await.status, StatusCode::OK);
    app.advance_seconds(WINDOW);
    app.native_refresh(&first, None).await.assert_problem(401, "refresh_token_reused");
    app.native_refresh(&second, None).await.assert_problem(401, "session_revoked");
}

#[tokio::test]
async fn within_the_hold_the_same_refresh_token_is_returned() {
    let (app, first) = logged_in().await;
    let second = app.native_refresh(&first, None).await.native_refresh_token();
    app.advance_seconds(HOLD - 1);
    assert_eq!(app.native_refresh(&second, None).await.native_refresh_token(), second);
    app.advance_seconds(1);
    assert_ne!(app.native_refresh(&second, None).await.native_refresh_token(), second);
}

#[tokio::test]
async fn a_lost_refresh_can_be_repeated_with_the_same_idempotency_key() {
    let (app, first) = logged_in().await;
    let lost = app.native_refresh(&first, Some(A)).await.native_refresh_token();
    app.advance_seconds(24 * 3600);
    // The header is a structured string, so the quoted form is the same key.
    let repeated = app.native_refresh(&first, Some(&format!("\"{A}\""))).await;
    assert_eq!(repeated.native_refresh_token(), lost);
    app.native_refresh(&first, Some(B)).await.assert_problem(401, "refresh_token_reused");
}

#[tokio::test]
async fn refresh_accepts_the_camel_case_field() {
    let (app, token) = logged_in().await;
    let answer = app.call("POST", "/api/refresh", None, Some(json!({"refreshToken": token}))).await;
    assert_ne!(answer.native_refresh_token(), token);
}

#[tokio::test]
async fn logout_ends_the_session_and_accepts_unknown_tokens() {
    let (app, token) = logged_in().await;
    let access = app.native_refresh(&token, None).await.access_token();
    let answer = log_out(&app, &token).await;
    assert_eq!((answer.status, answer.text().as_str()), (StatusCode::NO_CONTENT, ""));
    app.get("/api/profile", &access).await.assert_problem(401, "session_revoked");
    app.native_refresh(&token, None).await.assert_problem(401, "session_revoked");
    for unknown in [token.as_str(), "hsr_garbage", ""] {
        assert_eq!(log_out(&app, unknown).await.status, StatusCode::NO_CONTENT);
    }
}

#[tokio::test]
async fn malformed_requests_are_rejected() {
    let (app, token) = logged_in().await;
    for (path, body) in [
        ("/api/login", json!({"username": "ada"})),
        ("/api/login", json!({"username": "ada", "password": 7})),
        ("/api/login", json!({"username": "ada", "password": PASSWORD, "admin": true})),
        ("/api/refresh", json!({"refresh_token": 7})),
        ("/api/logout", json!({})),
        ("/api/refresh", json!({"refresh_token": token, "refreshToken": token})),
        ("/api/refresh", json!([token])),
        ("/api/logout", json!({"token": token})),
    ] {
        let answer = app.call("POST", path, None, Some(body)).await;
        answer.assert_problem(400, "bad_request");
        assert!(!answer.text().contains(&token));
    }
    for missing in [json!({}), json!({"refresh_token": null})] {
        let answer = app.call("POST", "/api/refresh", None, Some(missing)).await;
        answer.assert_problem(401, "refresh_token_missing");
    }
    for garbage in ["", "hsr_", "x", "eyJhbGciOiJFZERTQSJ9.e30.AA"] {
        app.native_refresh(garbage, None).await.assert_problem(401, "refresh_token_invalid");
    }
    for key in ["", "\"\"", &"k".repeat(256)] {
        app.native_refresh(&token, Some(key)).await.assert_problem(400, "bad_request");
    }
    app.native_refresh(&token, None).await.native_refresh_token();
}

#[tokio::test]
async fn both_apis_share_one_login_limit() {
    let app = TestApp::start_with(&[("HANDSTAMP_RATE_LIMITS", "on")]).await;
    for _ in 0..3 {
        let wrong = app.browser().log_in("unknown", "wrong password").await;
        wrong.assert_problem(401, "invalid_credentials");
    }
    for _ in 0..2 {
        app.json_login("unknown").await.assert_problem(401, "invalid_credentials");
    }
    let limited = app.json_login("unknown").await;
    limited.assert_problem(429, "rate_limited");
    assert!(limited.header("retry-after").is_some());
}

#[tokio::test]
async fn both_apis_issue_the_same_successor() {
    let app = TestApp::start().await;
    let (browser, _) = app.signed_up().await;
    let spent = browser.refresh_token().unwrap().to_owned();
    let mut here = browser.clone();
    here.refresh().await;
    let there = app.native_refresh(&spent, None).await.native_refresh_token();
    assert_eq!(Some(there.as_str()), here.refresh_token(), "the same successor");
}

#[tokio::test]
async fn the_document_describes_every_route() {
    let app = TestApp::start().await;
    let answer = app.call("GET", "/api/openapi.json", None, None).await;
    let document = answer.json();
    assert_eq!(document["openapi"], "3.1.0");
    let mut described: Vec<String> = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            described.push(format!("{method} {path}"));
            assert!(operation["summary"].is_string() && operation["responses"].is_object());
        }
    }
    described.sort();
    assert_eq!(
        described,
        [
            "delete /api/account",
            "delete /api/account/email/change",
            "delete /api/account/second_factor",
            "delete /api/posts/{id}",
            "delete /api/sessions/others",
            "delete /api/sessions/{id}",
            "get /.well-known/jwks.json",
            "get /api/account",
            "get /api/events",
            "get /api/outbox",
            "get /api/posts",
            "get /api/posts/{id}",
            "get /api/profile",
            "get /api/sessions",
            "get /healthz",
            "get /readyz",
            "post /api/account/confirmation",
            "post /api/account/email/change",
            "post /api/account/email/confirmation",
            "post /api/account/recovery_codes",
            "post /api/account/registration",
            "post /api/account/second_factor",
            "post /api/login",
            "post /api/logout",
            "post /api/posts",
            "post /api/refresh",
            "put /api/account/email",
            "put /api/account/password",
            "put /api/account/second_factor",
            "put /api/account/username",
        ]
    );
}

#[tokio::test]
async fn errors_match_the_document() {
    let (app, token) = logged_in().await;
    let access = app.native_refresh(&token, None).await.access_token();
    let document = app.call("GET", "/api/openapi.json", None, None).await.json();
    let members = document["components"]["schemas"]["Problem"]["properties"].as_object().unwrap();
    let large = json!({"refresh_token": "x".repeat(70_000)});
    let gone = "/api/sessions/018f3c1e-0000-7000-8000-000000000000";
    log_out(&app, &app.json_login("ada").await.native_refresh_token()).await;
    for (method, path, described, bearer, body, status) in [
        ("POST", "/api/refresh", "/api/refresh", None, Some(json!({"refresh_token": "x"})), 401),
        ("POST", "/api/refresh", "/api/refresh", None, Some(large), 413),
        ("POST", "/api/login", "/api/login", None, Some(json!([])), 400),
        ("GET", "/api/profile", "/api/profile", Some("garbage"), None, 401),
        ("GET", "/api/profile?token=x", "/api/profile", Some(access.as_str()), None, 400),
        ("POST", "/api/posts", "/api/posts", Some(&access), Some(json!({"body": ""})), 422),
        ("DELETE", gone, "/api/sessions/{id}", Some(&access), None, 404),
    ] {
        let answer = app.call(method, path, bearer, body).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}: {}", answer.text());
        let operation = &document["paths"][described][method.to_lowercase()];
        let response = &operation["responses"][status.to_string()];
        let response = match response["$ref"].as_str() {
            Some(reference) => document.pointer(&reference[1..]).unwrap(),
            None => response,
        };
        assert!(response.is_object(), "{method} {path}: {status} isn't described");
        for member in answer.json().as_object().unwrap().keys() {
            assert!(members.contains_key(member), "{method} {path}: {member} isn't described");
        }
        for header in ["www-authenticate", "retry-after"] {
            let names = response["headers"].as_object().cloned().unwrap_or_default();
            let is_described = names.keys().any(|name| name.eq_ignore_ascii_case(header));
            assert_eq!(answer.header(header).is_some(), is_described, "{method} {path}: {header}");
        }
    }
}

/// The document requires an access token for exactly the routes that reject a request without one.
#[tokio::test]
async fn the_document_marks_the_routes_that_require_an_access_token() {
    let app = TestApp::start().await;
    let document = app.call("GET", "/api/openapi.json", None, None).await.json();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let is_marked = operation["security"] == json!([{"access_token": []}]);
            let path = path.replace("{id}", "018f3c1e-0000-7000-8000-000000000000");
            let answer = app.call(&method.to_uppercase(), &path, None, Some(Value::Null)).await;
            let is_rejected = answer.text().contains("access_token_missing");
            assert_eq!(is_marked, is_rejected, "{method} {path}: {}", answer.text());
        }
    }
}

#[tokio::test]
async fn swagger_ui_is_served_at_api_docs() {
    let app = TestApp::start().await;
    let page = app.call("GET", "/api/docs/", None, None).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("swagger-ui"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("script-src 'self';"), "{policy}");
    let start = app.call("GET", "/api/docs/swagger-initializer.js", None, None).await;
    assert!(start.text().contains("/api/openapi.json"));
    app.call("GET", "/api/docs/nothing.js", None, None).await.assert_problem(404, "not_found");
}
