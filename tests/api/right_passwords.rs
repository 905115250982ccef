//! Correct passwords are limited too, because each costs a hash and starts a session.

use crate::helpers::{Answer, Browser, PASSWORD, TestApp};
use axum::http::StatusCode;
use serde_json::{Value, json};

const LIMITED: [(&str, &str); 2] = [("HANDSTAMP_RATE_LIMITS", "on"), ("HANDSTAMP_PROXIES", "1")];
const HERE: &str = "198.51.100.1";

/// Sends requests until one is rate limited. Returns how many were not, and the delay in seconds.
async fn until_limited(send: impl AsyncFn() -> Answer) -> (u32, u64) {
    for answered in 0..200 {
        let answer = send().await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            answer.assert_problem(429, "rate_limited");
            return (answered, answer.header("retry-after").unwrap().parse().unwrap());
        }
    }
    panic!("there is no limit");
}

async fn recognised_browser<'a>(app: &'a TestApp, name: &str) -> Browser<'a> {
    let mut browser = app.browser_at("203.0.113.5");
    browser.sign_up(name).await;
    app.confirm_email(&format!("{name}@example.org")).await;
    assert_eq!(browser.log_in(name, PASSWORD).await.status, StatusCode::OK);
    browser
}

#[tokio::test]
async fn correct_logins_of_one_account_are_delayed_at_most_30_seconds() {
    let app = TestApp::start_with(&LIMITED).await;
    let mut ada = recognised_browser(&app, "ada").await;
    let log_in = async || app.browser_at(HERE).log_in("ada", PASSWORD).await;
    let mut waits = Vec::new();
    let (free, wait) = until_limited(log_in).await;
    // One more was the login that set the device cookie.
    assert!((55..=60).contains(&free), "{free}");
    waits.push(wait);
    for _ in 0..6 {
        app.advance_seconds(*waits.last().unwrap());
        let (answered, wait) = until_limited(log_in).await;
        assert_eq!(answered, 1);
        waits.push(wait);
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30]);
    // The limit does not apply to the recognised browser.
    assert_eq!(ada.log_in("ada", PASSWORD).await.status, StatusCode::OK);
    // While the account is rate limited, wrong and correct passwords get the same response.
    let wrong = app.browser_at(HERE).log_in("ada", "wrong password").await;
    wrong.assert_problem(429, "rate_limited");
    assert!(
        wrong.json()["detail"].as_str().unwrap().starts_with("Too many attempts. Try again in ")
    );
}

/// Each login sets the device cookie again, with the same value. A new value would reset the limit.
#[tokio::test]
async fn a_recognised_browser_can_log_in_60_times_an_hour() {
    let app = TestApp::start_with(&LIMITED).await;
    let mut ada = recognised_browser(&app, "ada").await;
    let mut answered = 0;
    while ada.log_in("ada", PASSWORD).await.status == StatusCode::OK {
        answered += 1;
        assert!(answered <= 60, "there is no limit");
    }
    assert!((55..=60).contains(&answered), "{answered}");
}

#[tokio::test]
async fn a_session_can_reauthenticate_60_times_an_hour() {
    let app = TestApp::start_with(&LIMITED).await;
    let access = app.browser().sign_up("ada").await.access_token();
    let body = json!({"password": PASSWORD});
    let (free, wait) = until_limited(async || {
        app.call("POST", "/api/account/confirmation", Some(&access), Some(body.clone())).await
    })
    .await;
    assert_eq!((free, wait), (60, 1));
}

/// Each new password is checked for its strength, which can be expensive.
#[tokio::test]
async fn rejected_new_passwords_are_rate_limited() {
    let app = TestApp::start_with(&LIMITED).await;
    let access = app.browser().sign_up("ada").await.access_token();
    let mut browser = app.browser();
    let ask = Some(json!({"email": "ada@example.org"}));
    browser.post("/auth/send_password_reset", ask).await;
    let token = app.link_to("ada@example.org").await;
    let weak: Value = json!({"token": token, "password": "password1"});
    let (free, wait) = until_limited(async || {
        app.browser().post("/auth/reset_password", Some(weak.clone())).await
    })
    .await;
    assert_eq!((free, wait), (30, 1));
    let change = json!({"current": PASSWORD, "password": "password1"});
    let change = app.call("PUT", "/api/account/password", Some(&access), Some(change)).await;
    change.assert_problem(429, "rate_limited");
    app.advance_seconds(1);
    let strong = json!({"token": token, "password": "a new and good phrase"});
    let reset = browser.post("/auth/reset_password", Some(strong)).await;
    assert_eq!(reset.status, StatusCode::OK, "{}", reset.text());
}

/// Each change sends a notice, and an attacker could hide an important one among many.
#[tokio::test]
async fn changes_that_send_notices_are_rate_limited() {
    let app = TestApp::start_with(&LIMITED).await;
    let access = app.browser().sign_up("ada").await.access_token();
    let number = std::sync::atomic::AtomicU32::new(0);
    let (free, wait) = until_limited(async || {
        let number = number.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let body = Some(json!({"username": format!("lovelace-{number}")}));
        app.call("PUT", "/api/account/username", Some(&access), body).await
    })
    .await;
    assert_eq!((free, wait), (30, 1));
}
