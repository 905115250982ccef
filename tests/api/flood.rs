//! Floods of expensive requests from one network, and what they cost clients of other networks.

use crate::helpers::{Answer, PASSWORD, TEST_TIMEOUT, TestApp};
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use futures::future::join_all;
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::time::timeout;

async fn log_in_from(app: &TestApp, ip: &str, name: &str) -> Answer {
    let body = json!({"username": name, "password": PASSWORD}).to_string();
    let request = Request::post("/api/login")
        .header("content-type", "application/json")
        .header("x-forwarded-for", ip);
    app.send(request.body(Body::from(body)).unwrap()).await
}

/// The rate limits are off, so that only the queue protects other clients.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_valid_logins_does_not_reject_or_delay_logins_from_another_network() {
    let app = TestApp::start_with(&[("HANDSTAMP_PROXIES", "1")]).await;
    app.browser().sign_up("mallory").await;
    app.browser().sign_up("ada").await;
    let done = AtomicUsize::new(0);
    let flood = (0..128).map(|n| {
        let (app, done) = (&app, &done);
        // All addresses are in one /48.
        let ip = format!("2001:db8:7:{n:x}::1");
        async move {
            let answer = log_in_from(app, &ip, "mallory").await;
            done.fetch_add(1, Ordering::SeqCst);
            match answer.status {
                StatusCode::OK => {}
                _ => answer.assert_problem(503, "unavailable"),
            }
        }
    });
    let honest = async {
        // The queue is full once the first request of the flood is rejected.
        let first_response = async {
            while done.load(Ordering::SeqCst) == 0 {
                tokio::task::yield_now().await;
            }
        };
        timeout(TEST_TIMEOUT, first_response).await.expect("the flood gets a response");
        let answer = log_in_from(&app, "203.0.113.5", "ada").await;
        (answer, done.load(Ordering::SeqCst))
    };
    let (_, (answer, before)) = tokio::join!(join_all(flood), honest);
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert!(before < 128, "the login waited for all of the flood");
}

/// Password strength is measured while the user types. It is not an attempt, so only the number of concurrent
/// measurements of one network is limited.
#[tokio::test]
async fn a_flood_of_strength_measurements_does_not_reject_those_of_another_network() {
    let app = TestApp::start_with(&[("HANDSTAMP_PROXIES", "1")]).await;
    let measure = async |ip: &str| {
        let body = Some(json!({"password": "4@8({[<3691!|70$5+%24@8({[<3691!"}));
        app.browser_at(ip).post("/auth/password_strength", body).await
    };
    let flood = join_all((0..40).map(|_| measure("198.51.100.1")));
    let (flood, honest) = tokio::join!(flood, measure("203.0.113.5"));
    let measured = flood.iter().filter(|answer| answer.status == StatusCode::OK).count();
    assert!((1..40).contains(&measured), "{measured}");
    for rejected in flood.iter().filter(|answer| answer.status != StatusCode::OK) {
        rejected.assert_problem(503, "unavailable");
        let detail = rejected.json()["detail"].as_str().unwrap().to_owned();
        assert!(
            detail.contains("Try again in 2 seconds.") || detail.contains("Try again in 1 second.")
        );
    }
    assert_eq!(honest.status, StatusCode::OK, "{}", honest.text());
}

/// An attacker with an account is limited by the rate limit of that account.
#[tokio::test]
async fn valid_logins_are_rate_limited_per_account() {
    let settings = [("HANDSTAMP_RATE_LIMITS", "on"), ("HANDSTAMP_PROXIES", "1")];
    let app = TestApp::start_with(&settings).await;
    app.browser().sign_up("mallory").await;
    app.browser().sign_up("ada").await;
    let flood = join_all((0..128).map(|_| log_in_from(&app, "198.51.100.1", "mallory"))).await;
    let logged_in = flood.iter().filter(|answer| answer.status == StatusCode::OK).count();
    assert!(logged_in <= 60, "{logged_in} logins");
    let honest = log_in_from(&app, "203.0.113.5", "ada").await;
    assert_eq!(honest.status, StatusCode::OK, "{}", honest.text());
}
