//! Limits on sign-ups per IP address, which many users can share.

use crate::helpers::{Answer, TestApp};
use axum::http::StatusCode;

async fn guests_until_limited(app: &TestApp) -> (u32, Answer) {
    for made in 0..300 {
        let answer = app.browser().post("/auth/try_it", None).await;
        if answer.status != StatusCode::OK {
            return (made, answer);
        }
    }
    panic!("there is no limit");
}

#[tokio::test]
async fn guests_and_accounts_of_one_ip_have_separate_limits() {
    let app = TestApp::start_with(&[("HANDSTAMP_RATE_LIMITS", "on")]).await;
    let (made, refused) = guests_until_limited(&app).await;
    assert_eq!(made, 120);
    refused.assert_problem(429, "rate_limited");
    let account = app.browser().sign_up("ada").await;
    assert_eq!(account.status, StatusCode::OK, "{}", account.text());
}

#[tokio::test]
async fn the_sign_up_limit_is_a_setting_and_the_error_states_the_delay() {
    let settings = [("HANDSTAMP_RATE_LIMITS", "on"), ("HANDSTAMP_SIGN_UP_LIMIT", "3")];
    let app = TestApp::start_with(&settings).await;
    for (seconds, words) in [
        (1, "Try again in 1 second."),
        (2, "Try again in 2 seconds."),
        (4, "Try again in 4 seconds."),
        (8, "Try again in 8 seconds."),
        (16, "Try again in 16 seconds."),
        (32, "Try again in 32 seconds."),
        (60, "Try again in 60 seconds."),
        (60, "Try again in 60 seconds."),
    ] {
        let (_, refused) = guests_until_limited(&app).await;
        assert_eq!(refused.header("retry-after"), Some(seconds.to_string().as_str()));
        assert_eq!(refused.json()["detail"], format!("Too many attempts. {words}"));
        assert_eq!(refused.json()["retry_after"], seconds);
        app.advance_seconds(seconds);
    }
    for name in ["ada", "bob", "eve"] {
        assert_eq!(app.browser().sign_up(name).await.status, StatusCode::OK);
    }
    app.browser().sign_up("tom").await.assert_problem(429, "rate_limited");
}

#[tokio::test]
async fn long_delays_are_stated_in_minutes() {
    let app = TestApp::start_with(&[("HANDSTAMP_RATE_LIMITS", "on")]).await;
    app.browser().sign_up("ada").await;
    for _ in 0..200 {
        let answer = app.browser().log_in("ada", "wrong password").await;
        let Some(wait) = answer.header("retry-after").map(|wait| wait.parse().unwrap()) else {
            continue;
        };
        if wait > 90 {
            assert_eq!(answer.json()["detail"], "Too many attempts. Try again in 3 minutes.");
            return;
        }
        app.advance_seconds(wait);
    }
    panic!("no delay exceeds 90 seconds");
}
