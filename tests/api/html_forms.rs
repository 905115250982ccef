//! Forms that a browser posts to the URL of a page because the page's WASM does not run.

use crate::helpers::{Answer, PASSWORD, TestApp};
use axum::{
    body::Body,
    http::{Request, StatusCode},
};

async fn post_form(app: &TestApp, path: &str) -> Answer {
    let request = Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "text/html")
        .header("sec-fetch-site", "same-origin");
    let body = Body::from(format!("username=ada&password={PASSWORD}"));
    app.send(request.body(body).unwrap()).await
}

/// Whether a document shows the notice that the form was not processed.
fn shows_not_sent(page: &Answer) -> bool {
    let text = page.text();
    let at = text.find(r#"id="not-sent""#).unwrap();
    let start = text[..at].rfind('<').unwrap();
    let tag = text[start..].split('>').next().unwrap();
    assert!(text[at..].contains("so nothing happened"));
    !tag.contains("hidden")
}

#[tokio::test]
async fn a_posted_form_redirects_to_its_page_with_a_notice() {
    let app = TestApp::start().await;
    for path in [
        "/",
        "/login",
        "/signup",
        "/magic",
        "/magic/hsm_AAAA",
        "/reset/hsm_AAAA",
        "/confirm/hsm_AAAA",
        "/forgot",
        "/posts",
        "/account",
    ] {
        let answer = post_form(&app, path).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        let location = format!("{path}?retry");
        assert_eq!(answer.header("location"), Some(location.as_str()));
        assert_eq!(answer.set_cookies().len(), 0);
        assert!(!answer.text().contains(PASSWORD));
        let page = app.call("GET", &location, None, None).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(shows_not_sent(&page), "{path}");
        let page = app.call("GET", path, None, None).await;
        assert!(!shows_not_sent(&page), "{path}");
    }
}

#[tokio::test]
async fn the_redirect_keeps_the_query_and_adds_the_parameter_once() {
    let app = TestApp::start().await;
    for (sent, expected) in [
        ("/login?next=/posts", "/login?next=/posts&retry"),
        ("/login?retry", "/login?retry"),
        ("/login?retry&next=%2Fposts", "/login?next=%2Fposts&retry"),
        ("/login?", "/login?retry"),
    ] {
        let answer = post_form(&app, sent).await;
        assert_eq!(answer.header("location"), Some(expected), "{sent}");
    }
}

#[tokio::test]
async fn only_pages_accept_forms_and_only_with_post() {
    let app = TestApp::start_with(&[("HANDSTAMP_DEMO", "false")]).await;
    for path in ["/no/such/page", "/lab"] {
        assert_eq!(post_form(&app, path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for method in ["PUT", "PATCH", "DELETE"] {
        let answer = app.call(method, "/login", None, None).await;
        answer.assert_problem(405, "method_not_allowed");
    }
}

#[tokio::test]
async fn a_form_posted_to_a_non_ascii_path_is_redirected() {
    let app = TestApp::start().await;
    let answer = post_form(&app, "/magic/h\u{e9}?next=\u{5e9}").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
}
