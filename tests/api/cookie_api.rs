//! CSRF protection of the cookie API (ASVS 3.5.1, OWASP CSRF cheat sheet).

use crate::helpers::{ATTEMPT_COOKIE, Answer, REFRESH_COOKIE, TestApp};
use axum::{
    body::Body,
    http::{Request, StatusCode},
};

async fn refresh_with(app: &TestApp, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::post("/auth/refresh");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn cross_site_requests_are_rejected_and_do_not_rotate() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    let cookie = format!("{REFRESH_COOKIE}={}", browser.refresh_token().unwrap());
    for bad in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", ""),
        ("origin", "https://evil.example"),
        ("origin", "http://localhost:3001"),
        ("origin", "null"),
    ] {
        let answer = refresh_with(&app, &[bad, ("cookie", &cookie)]).await;
        answer.assert_problem(403, "cross_site");
        assert!(answer.set_cookies().is_empty());
    }
    // A valid `Origin` does not override `Sec-Fetch-Site`.
    let both = [
        ("sec-fetch-site", "cross-site"),
        ("origin", "http://localhost:3000"),
        ("cookie", cookie.as_str()),
    ];
    refresh_with(&app, &both).await.assert_problem(403, "cross_site");
    refresh_with(&app, &[("cookie", &cookie)]).await.assert_problem(403, "cross_site");
    assert!(browser.refresh().await.set_cookies().len() == 3, "the token was still current");
}

#[tokio::test]
async fn same_origin_requests_are_allowed() {
    let app = TestApp::start().await;
    for good in [
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-site", "none"),
        ("origin", "http://localhost:3000"),
    ] {
        let (browser, _) = app.signed_up().await;
        let cookie = format!("{REFRESH_COOKIE}={}", browser.refresh_token().unwrap());
        assert_eq!(refresh_with(&app, &[good, ("cookie", &cookie)]).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn non_browser_requests_without_cookies_are_allowed() {
    let app = TestApp::start().await;
    refresh_with(&app, &[]).await.assert_problem(401, "refresh_token_missing");
}

#[tokio::test]
async fn errors_are_json_whatever_accept_says() {
    let app = TestApp::start().await;
    let html = [
        ("accept", "text/html"),
        ("referer", "http://localhost:3000/login"),
        ("sec-fetch-site", "same-origin"),
    ];
    let answer = refresh_with(&app, &html).await;
    answer.assert_problem(401, "refresh_token_missing");
    assert!(answer.header("location").is_none(), "no redirect with the error in its URL");
}

#[tokio::test]
async fn a_malformed_attempt_id_is_ignored() {
    let app = TestApp::start().await;
    let (browser, _) = app.signed_up().await;
    for attempt in ["", "short", "AAAAAAAAAAAAAAAAAAAAA!", &"A".repeat(300)] {
        let cookie = format!(
            "{REFRESH_COOKIE}={}; {ATTEMPT_COOKIE}={attempt}",
            browser.refresh_token().unwrap()
        );
        let answer =
            refresh_with(&app, &[("sec-fetch-site", "same-origin"), ("cookie", &cookie)]).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
}
