//! Mail that a logged-in user requests is limited per recipient.

use crate::helpers::{Answer, PASSWORD, TestApp};
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use serde_json::json;

const LIMITED: [(&str, &str); 2] = [("HANDSTAMP_RATE_LIMITS", "on"), ("HANDSTAMP_PROXIES", "1")];
const VICTIM: &str = "victim@example.org";

async fn call_from(app: &TestApp, ip: &str, method: &str, path: &str, access: &str) -> Answer {
    let body = json!({"email": VICTIM, "password": PASSWORD}).to_string();
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {access}"))
        .header("content-type", "application/json")
        .header("x-forwarded-for", ip);
    app.send(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn a_recipient_gets_at_most_twelve_mails_an_hour() {
    let app = TestApp::start_with(&LIMITED).await;
    let access = app.browser().sign_up("mallory").await.access_token();
    let mut sent = 0;
    for n in 0..50 {
        let ip = format!("198.51.{n}.1");
        let answer = call_from(&app, &ip, "PUT", "/api/account/email", &access).await;
        if answer.status != StatusCode::ACCEPTED {
            answer.assert_problem(429, "rate_limited");
            break;
        }
        sent += 1;
    }
    assert_eq!((sent, app.mails_to(VICTIM).await.len()), (12, 12));
    let link = app.browser_at("203.0.113.5").request_link(VICTIM).await;
    link.assert_problem(429, "rate_limited");
}

#[tokio::test]
async fn confirmation_mails_to_an_unconfirmed_address_are_limited_the_same() {
    let app = TestApp::start_with(&LIMITED).await;
    let access = app.browser().sign_up("victim").await.access_token();
    let mut sent = 0;
    for n in 0..50 {
        let (ip, path) = (format!("198.51.{n}.1"), "/api/account/email/confirmation");
        let answer = call_from(&app, &ip, "POST", path, &access).await;
        if answer.status != StatusCode::ACCEPTED {
            answer.assert_problem(429, "rate_limited");
            break;
        }
        sent += 1;
    }
    assert_eq!(sent, 11, "the sign-up sent the first one");
}
