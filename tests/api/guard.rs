//! Who may pass with what (M4, M5, M6).

use crate::helpers::{REFRESH_COOKIE, TestApp};
use axum::{
    body::Body,
    http::{Request, StatusCode},
};

#[tokio::test]
async fn no_token_is_missing_and_challenged_without_an_error() {
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
async fn a_bad_token_is_invalid() {
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
async fn a_token_of_another_server_is_invalid() {
    let foreign = TestApp::start_with(&[("HANDSTAMP_PUBLIC_URL", "https://other.example")]).await;
    let (_browser, token) = foreign.signed_up().await;
    let app = TestApp::start().await;
    app.get("/api/profile", &token).await.assert_problem(401, "access_token_invalid");
}

#[tokio::test]
async fn an_expired_token_says_so() {
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
async fn expired_is_403_where_the_server_is_set_so_and_nothing_else_is() {
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
async fn the_cookie_alone_opens_no_api() {
    let app = TestApp::start().await;
    let (browser, _) = app.signed_up().await;
    let cookie = format!("{REFRESH_COOKIE}={}", browser.refresh_token().unwrap());
    let request = Request::get("/api/profile").header("cookie", cookie).body(Body::empty());
    app.send(request.unwrap()).await.assert_problem(401, "access_token_missing");
}

#[tokio::test]
async fn the_scheme_is_read_in_any_case() {
    let app = TestApp::start().await;
    let (_browser, access) = app.signed_up().await;
    let request = Request::get("/api/profile")
        .header("authorization", format!("bEARER {access}"))
        .body(Body::empty());
    assert_eq!(app.send(request.unwrap()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_profile_shows_the_person_and_the_session() {
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
    let app = TestApp::start().await;
    let (_browser, access) = app.signed_up().await;
    app.state.db.clone().close().await.unwrap();
    app.get("/api/profile", "x").await.assert_problem(401, "access_token_invalid");
    app.advance_seconds(900);
    app.get("/api/profile", &access).await.assert_problem(401, "access_token_expired");
}
