//! The names and attributes of the cookies, which depend on the public URL (ASVS 3.3.1, 3.3.2, 3.3.4).

use crate::helpers::{Answer, PASSWORD, TestApp};
use axum::{body::Body, http::Request};

const HTTPS: (&str, &str) = ("HANDSTAMP_PUBLIC_URL", "https://localhost:8443");

/// Returns the cookies that a response sets, without their values.
fn set_cookies(answer: &Answer) -> Vec<String> {
    let without_value = |cookie: String| {
        let (name, rest) = cookie.split_once('=').unwrap();
        let (_, attributes) = rest.split_once(';').unwrap();
        format!("{name}=…;{attributes}")
    };
    answer.set_cookies().into_iter().map(without_value).collect()
}

/// Returns the cookies of a login to a verified account, of a requested link, and of a logout.
async fn all_cookies(app: &TestApp) -> [Vec<String>; 3] {
    app.browser().sign_up("ada").await;
    app.confirm_email("ada@example.org").await;
    let mut browser = app.browser();
    let logged_in = browser.log_in("ada", PASSWORD).await;
    let requested = browser.request_link("ada@example.org").await;
    let logged_out = browser.post("/auth/log_out", None).await;
    [logged_in, requested, logged_out].map(|answer| set_cookies(&answer))
}

/// Refreshes with exactly these cookies.
async fn refresh_with(app: &TestApp, cookies: &str) -> Answer {
    let request = Request::post("/auth/refresh")
        .header("sec-fetch-site", "same-origin")
        .header("cookie", cookies);
    app.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn https_cookies_are_secure_and_have_a_name_prefix() {
    let app = TestApp::start_with(&[HTTPS]).await;
    assert_eq!(
        all_cookies(&app).await.concat(),
        [
            "__Secure-handstamp_refresh=…; HttpOnly; SameSite=Strict; Secure; Path=/auth; Max-Age=2592000",
            "__Host-handstamp_session=…; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=2592000",
            "__Host-handstamp_attempt=…; SameSite=Strict; Secure; Path=/; Max-Age=0",
            "__Host-handstamp_known=…; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=31536000",
            "__Host-handstamp_logout=…; SameSite=Strict; Secure; Path=/; Max-Age=0",
            "__Host-handstamp_login=…; SameSite=Strict; Secure; Path=/; Max-Age=0",
            "__Host-handstamp_asked=…; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=86400",
            "__Secure-handstamp_refresh=…; HttpOnly; SameSite=Strict; Secure; Path=/auth; Max-Age=0",
            "__Host-handstamp_session=…; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=0",
            "__Host-handstamp_logout=…; SameSite=Strict; Secure; Path=/; Max-Age=0",
        ]
    );
}

/// WebKit stores no `Secure` cookie from `http://localhost`.
#[tokio::test]
async fn http_cookies_are_not_secure_and_their_names_end_with_the_port() {
    let app = TestApp::start_with(&[("HANDSTAMP_PUBLIC_URL", "http://127.0.0.1:4711")]).await;
    assert_eq!(
        all_cookies(&app).await.concat(),
        [
            "handstamp_refresh_4711=…; HttpOnly; SameSite=Strict; Path=/auth; Max-Age=2592000",
            "handstamp_session_4711=…; HttpOnly; SameSite=Strict; Path=/; Max-Age=2592000",
            "handstamp_attempt_4711=…; SameSite=Strict; Path=/; Max-Age=0",
            "handstamp_known_4711=…; HttpOnly; SameSite=Strict; Path=/; Max-Age=31536000",
            "handstamp_logout_4711=…; SameSite=Strict; Path=/; Max-Age=0",
            "handstamp_login_4711=…; SameSite=Strict; Path=/; Max-Age=0",
            "handstamp_asked_4711=…; HttpOnly; SameSite=Strict; Path=/; Max-Age=86400",
            "handstamp_refresh_4711=…; HttpOnly; SameSite=Strict; Path=/auth; Max-Age=0",
            "handstamp_session_4711=…; HttpOnly; SameSite=Strict; Path=/; Max-Age=0",
            "handstamp_logout_4711=…; SameSite=Strict; Path=/; Max-Age=0",
        ]
    );
}

#[tokio::test]
async fn http_cookie_names_end_with_80_without_a_port_in_the_url() {
    let app = TestApp::start_with(&[("HANDSTAMP_PUBLIC_URL", "http://localhost")]).await;
    let answer = app.browser().log_in("ada", PASSWORD).await;
    assert!(answer.set_cookies().is_empty());
    let answer = app.browser().request_link("ada@example.org").await;
    assert!(answer.set_cookies()[0].starts_with("handstamp_asked_80="));
}

#[tokio::test]
async fn refresh_and_attempt_id_work_with_https_cookie_names() {
    let app = TestApp::start_with(&[HTTPS]).await;
    let (mut browser, _) = app.signed_up().await;
    browser.begin_attempt("AAAAAAAAAAAAAAAAAAAAAA");
    let first = browser.refresh_token().unwrap().to_owned();
    assert!(browser.refresh().await.access_token().starts_with("eyJ"));
    assert_ne!(browser.refresh_token(), Some(first.as_str()));
    assert_eq!(browser.attempt(), None, "cleared by the server");
}

#[tokio::test]
async fn cookies_of_another_port_or_scheme_are_ignored_and_not_cleared() {
    for (settings, others) in [
        (vec![], ["handstamp_refresh_3001", "__Secure-handstamp_refresh", "handstamp_refresh"]),
        (vec![HTTPS], ["handstamp_refresh_8443", "handstamp_refresh_443", "handstamp_refresh"]),
    ] {
        let app = TestApp::start_with(&settings).await;
        let (browser, _) = app.signed_up().await;
        let token = browser.refresh_token().unwrap();
        for other in others {
            let answer = refresh_with(&app, &format!("{other}={token}")).await;
            answer.assert_problem(401, "refresh_token_missing");
            assert!(answer.set_cookies().is_empty(), "{other}");
        }
    }
}

#[tokio::test]
async fn a_refresh_token_of_another_server_is_kept_until_the_next_login() {
    let secret = ("HANDSTAMP_SECRET", "//////////////////////////////////////////8=");
    let other = TestApp::start_with(&[secret]).await;
    let (foreign, _) = other.signed_up().await;
    let app = TestApp::start().await;
    app.browser().sign_up("ada").await;
    let mut browser = app.browser();
    browser.store_refresh_token(foreign.refresh_token().unwrap());
    let rejected = browser.refresh().await;
    rejected.assert_problem(401, "refresh_token_invalid");
    assert!(rejected.set_cookies().is_empty());
    assert_eq!(browser.refresh_token(), foreign.refresh_token());
    browser.log_in("ada", PASSWORD).await;
    assert_ne!(browser.refresh_token(), foreign.refresh_token());
    assert!(browser.refresh().await.access_token().starts_with("eyJ"));
}
