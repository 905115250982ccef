//! Logging out with an HTML form, which a page offers when its script has failed.

use crate::helpers::{Answer, Browser, REFRESH_COOKIE, TestApp};
use axum::{
    body::Body,
    http::{Request, StatusCode},
};

/// Posts the form as a browser does. It has no fields, so the body is empty.
async fn post_form(app: &TestApp, site: &str, cookie: Option<&str>) -> Answer {
    let mut request = Request::post("/auth/log_out_form")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "text/html")
        .header("origin", "null")
        .header("sec-fetch-site", site);
    if let Some(cookie) = cookie {
        request = request.header("cookie", cookie);
    }
    app.send(request.body(Body::empty()).unwrap()).await
}

fn cookie_of(browser: &Browser<'_>) -> String {
    format!("{REFRESH_COOKIE}={}", browser.refresh_token().unwrap())
}

#[track_caller]
fn assert_logged_out(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    assert_eq!(answer.header("location"), Some("/login"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("clear-site-data"), Some(r#""storage""#));
}

#[tokio::test]
async fn the_form_ends_the_session_and_redirects_to_the_login() {
    let app = TestApp::start().await;
    let (mut browser, token) = app.signed_up().await;
    let answer = post_form(&app, "same-origin", Some(&cookie_of(&browser))).await;
    assert_logged_out(&answer);
    assert!(answer.clears_refresh());
    assert_eq!(answer.set_cookies().len(), 3, "the cookie of a pending logout is cleared too");
    browser.refresh().await.assert_problem(401, "session_revoked");
    app.get("/api/profile", &token).await.assert_problem(401, "session_revoked");
}

#[tokio::test]
async fn without_a_session_the_form_redirects_and_clears_no_token() {
    let app = TestApp::start().await;
    let unknown = format!("{REFRESH_COOKIE}=not-a-token");
    for cookie in [None, Some(unknown.as_str())] {
        let answer = post_form(&app, "same-origin", cookie).await;
        assert_logged_out(&answer);
        assert!(!answer.clears_refresh());
    }
}

#[tokio::test]
async fn a_cross_site_form_is_rejected() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    for site in ["cross-site", "same-site"] {
        let answer = post_form(&app, site, Some(&cookie_of(&browser))).await;
        answer.assert_problem(403, "cross_site");
        assert!(answer.set_cookies().is_empty());
    }
    assert_eq!(browser.refresh().await.status, StatusCode::OK);
}

#[tokio::test]
async fn while_the_database_is_unavailable_the_cookie_is_kept() {
    let app = TestApp::start().await;
    let (browser, _) = app.signed_up().await;
    app.state.db.writer.clone().close().await.unwrap();
    let answer = post_form(&app, "same-origin", Some(&cookie_of(&browser))).await;
    answer.assert_problem(503, "unavailable");
    assert!(answer.set_cookies().is_empty());
}
