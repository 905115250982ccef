//! Access tokens: which requests the server accepts and how it rejects the others (M4, M5, M6).

use crate::helpers::{REFRESH_COOKIE, TestApp};
use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode},
    routing::get,
};
use handstamp_server::sessions::current_user::CurrentUser;

#[tokio::test]
async fn a_missing_token_is_challenged_without_an_error_code() {
    let app = TestApp::start().await;
    let answer = app.call("GET", "/api/profile", None, None).await;
    answer.assert_problem(401, "access_token_missing");
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    for value in ["", "Basic YTpi", "Bearer", "Bearer ", "bearer"] {
        let request =
            Request::get("/api/profile").header("authorization", value).body(Body::empty());
        app.send(request.unwrap()).await.assert_problem(401, "access_token_missing");
    }
}

#[tokio::test]
async fn an_invalid_token_is_rejected() {
    let app = TestApp::start().await;
    let (browser, access) = app.signed_up().await;
    let (head, rest) = access.split_once('.').unwrap();
    let refresh = browser.refresh_token().unwrap();
    for token in [
        "x",
        "a.b.c",
        &format!("{head}.{rest}x"),
        &access[..access.len() - 2],
        refresh,
        &"a".repeat(20_000),
    ] {
        let answer = app.get("/api/profile", token).await;
        answer.assert_problem(401, "access_token_invalid");
        assert!(
            answer
                .header("www-authenticate")
                .unwrap()
                .starts_with(r#"Bearer error="invalid_token""#)
        );
    }
}

#[tokio::test]
async fn a_token_of_another_issuer_is_rejected() {
    let foreign = TestApp::start_with(&[("HANDSTAMP_PUBLIC_URL", "https://other.example")]).await;
    let (_browser, token) = foreign.signed_up().await;
    let app = TestApp::start().await;
    app.get("/api/profile", &token).await.assert_problem(401, "access_token_invalid");
}

#[tokio::test]
async fn an_expired_token_is_reported_as_expired() {
    let app = TestApp::start().await;
    let (_browser, access) = app.signed_up().await;
    app.advance_seconds(899);
    assert_eq!(app.get("/api/profile", &access).await.status, StatusCode::OK);
    app.advance_seconds(1);
    let answer = app.get("/api/profile", &access).await;
    answer.assert_problem(401, "access_token_expired");
    assert_eq!(
        answer.header("www-authenticate"),
        Some(r#"Bearer error="invalid_token", error_description="The access token expired""#)
    );
}

#[tokio::test]
async fn the_expired_status_setting_applies_to_expired_tokens_only() {
    let app = TestApp::start_with(&[("HANDSTAMP_EXPIRED_STATUS", "403")]).await;
    let (_browser, access) = app.signed_up().await;
    app.advance_seconds(900);
    let answer = app.get("/api/profile", &access).await;
    assert_eq!(
        (answer.status.as_u16(), answer.json()["code"].as_str()),
        (403, Some("access_token_expired"))
    );
    assert!(answer.header("www-authenticate").unwrap().contains(r#"error="invalid_token""#));
    app.get("/api/profile", "x").await.assert_problem(401, "access_token_invalid");
    app.call("GET", "/api/profile", None, None).await.assert_problem(401, "access_token_missing");
}

#[tokio::test]
async fn the_refresh_cookie_does_not_authenticate_api_requests() {
    let app = TestApp::start().await;
    let (browser, _) = app.signed_up().await;
    let cookie = format!("{REFRESH_COOKIE}={}", browser.refresh_token().unwrap());
    let request = Request::get("/api/profile").header("cookie", cookie).body(Body::empty());
    app.send(request.unwrap()).await.assert_problem(401, "access_token_missing");
}

#[tokio::test]
async fn the_bearer_scheme_is_case_insensitive() {
    let app = TestApp::start().await;
    let (_browser, access) = app.signed_up().await;
    let request = Request::get("/api/profile")
        .header("authorization", format!("bEARER {access}"))
        .body(Body::empty());
    assert_eq!(app.send(request.unwrap()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_profile_contains_the_user_and_the_session() {
    let app = TestApp::start().await;
    let (_browser, access) = app.signed_up().await;
    let answer = app.get("/api/profile", &access).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"), "ASVS 14.3.2");
    let profile = answer.json();
    assert_eq!(
        (profile["username"].as_str(), profile["email"].as_str()),
        (Some("person-0"), Some("person-0@example.org"))
    );
    assert_eq!(profile["created_at"], "2027-01-15T08:00:00Z");
    assert_eq!(profile["session"]["created_at"], "2027-01-15T08:00:00Z");
    assert_eq!(profile["session"]["expires_at"], "2027-02-14T08:00:00Z");
    assert!(
        profile["id"].as_str().unwrap().len() == 36
            && profile["session"]["id"].as_str().unwrap().len() == 36
    );
}

#[tokio::test]
async fn the_token_is_checked_without_the_database() {
    let guarded = Router::new().route("/api/guarded", get(async |_: CurrentUser| "accepted"));
    let app = TestApp::start().await.with_routes(guarded).await;
    let (_browser, access) = app.signed_up().await;
    app.state.db.reader.clone().close().await.unwrap();
    app.state.db.writer.clone().close().await.unwrap();
    app.call("GET", "/readyz", None, None).await.assert_problem(503, "unavailable");
    let accepted = app.get("/api/guarded", &access).await;
    assert_eq!((accepted.status, accepted.text().as_str()), (StatusCode::OK, "accepted"));
    app.get("/api/profile", "x").await.assert_problem(401, "access_token_invalid");
    app.advance_seconds(900);
    app.get("/api/profile", &access).await.assert_problem(401, "access_token_expired");
}
