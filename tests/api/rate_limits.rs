//! Rate limits of password logins and mail (ASVS 6.3.1): guesses are delayed more and more, users are not locked out.

use crate::helpers::{Answer, Browser, PASSWORD, TestApp};
use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{Request, StatusCode},
};
use serde_json::json;
use std::net::SocketAddr;
use tower::ServiceExt;

const LIMITED: [(&str, &str); 2] = [("HANDSTAMP_RATE_LIMITS", "on"), ("HANDSTAMP_PROXIES", "1")];

/// A login from an IP address, with the header that the proxy in front sets.
fn login_from(ip: &str, name: &str, password: &str) -> Request<Body> {
    let body = json!({"username": name, "password": password}).to_string();
    let request = Request::post("/api/login")
        .header("content-type", "application/json")
        .header("host", "localhost:3000")
        .header("x-forwarded-for", ip);
    request.body(Body::from(body)).unwrap()
}

async fn log_in_from(app: &TestApp, ip: &str, name: &str, password: &str) -> Answer {
    app.send(login_from(ip, name, password)).await
}

/// Guesses until the login is rate limited. Returns the delay in seconds.
async fn guess(app: &TestApp, ip: &str, name: &str) -> u64 {
    for _ in 0..100 {
        let answer = log_in_from(app, ip, name, "wrong password").await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            answer.assert_problem(429, "rate_limited");
            return answer.header("retry-after").unwrap().parse().unwrap();
        }
        answer.assert_problem(401, "invalid_credentials");
    }
    panic!("guessing is not limited");
}

#[tokio::test]
async fn the_delay_doubles_up_to_15_minutes_and_is_reset_after_6_hours() {
    let app = TestApp::start_with(&LIMITED).await;
    app.browser().sign_up("ada").await;
    let mut waits = Vec::new();
    for _ in 0..11 {
        let wait = guess(&app, "198.51.100.1", "ada").await;
        waits.push(wait);
        app.advance_seconds(wait);
    }
    assert_eq!(waits, [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
    app.advance_seconds(6 * 60 * 60);
    assert_eq!(guess(&app, "198.51.100.1", "ada").await, 2);
}

#[tokio::test]
async fn unknown_usernames_are_rate_limited_the_same() {
    let app = TestApp::start_with(&LIMITED).await;
    app.browser().sign_up("ada").await;
    for _ in 0..3 {
        let wait = guess(&app, "198.51.100.1", "ada").await;
        assert_eq!(guess(&app, "198.51.100.2", "unknown").await, wait);
        app.advance_seconds(wait);
    }
}

#[tokio::test]
async fn a_correct_password_is_delayed_too_and_resets_the_counter() {
    let app = TestApp::start_with(&LIMITED).await;
    app.browser().sign_up("ada").await;
    let wait = guess(&app, "198.51.100.1", "ada").await;
    let early = log_in_from(&app, "198.51.100.1", "ada", PASSWORD).await;
    early.assert_problem(429, "rate_limited");
    app.advance_seconds(wait);
    assert_eq!(log_in_from(&app, "198.51.100.1", "ada", PASSWORD).await.status, StatusCode::OK);
    assert_eq!(guess(&app, "198.51.100.1", "ada").await, 2, "the delays start again");
}

/// Names are public and e-mail addresses are not, so a delay must not reveal which belong together.
#[tokio::test]
async fn delays_do_not_link_usernames_to_addresses() {
    let app = TestApp::start_with(&LIMITED).await;
    app.browser().sign_up("ada").await;
    let wait = guess(&app, "198.51.100.1", "ada").await;
    for email in ["ada@example.org", "unknown@example.org"] {
        let answer = log_in_from(&app, "198.51.100.1", email, "wrong password").await;
        answer.assert_problem(401, "invalid_credentials");
    }
    app.advance_seconds(wait);
    let right = log_in_from(&app, "198.51.100.1", "ada@example.org", PASSWORD).await;
    assert_eq!(right.status, StatusCode::OK);
    assert_eq!(guess(&app, "198.51.100.1", "ada").await, 2, "a correct login resets both counters");
}

#[tokio::test]
async fn a_recognised_browser_is_not_delayed_by_other_clients() {
    let app = TestApp::start_with(&LIMITED).await;
    let mut ada = app.browser();
    ada.sign_up("ada").await;
    app.confirm_email("ada@example.org").await;
    ada.log_in("ada", PASSWORD).await;
    for n in 0..20 {
        log_in_from(&app, &format!("198.51.{n}.1"), "ada", "wrong password").await;
        log_in_from(&app, &format!("198.51.{n}.1"), "ada@example.org", "wrong password").await;
    }
    let other_browser = app.browser().log_in("ada", PASSWORD).await;
    other_browser.assert_problem(429, "rate_limited");
    let mut grace = app.browser();
    grace.sign_up("grace").await;
    app.confirm_email("grace@example.org").await;
    grace.log_in("grace", PASSWORD).await;
    grace.log_in("ada", PASSWORD).await.assert_problem(429, "rate_limited");
    assert_eq!(ada.log_in("ada", PASSWORD).await.status, StatusCode::OK);
}

/// The other clients share the IP address, for example behind one router.
#[tokio::test]
async fn a_recognised_browser_is_not_delayed_by_others_on_its_ip() {
    let app = TestApp::start_with(&[("HANDSTAMP_RATE_LIMITS", "on")]).await;
    let mut ada = app.browser();
    ada.sign_up("ada").await;
    app.confirm_email("ada@example.org").await;
    ada.log_in("ada", PASSWORD).await;
    let guess_until_limited = async |browser: &mut Browser<'_>| {
        for _ in 0..20 {
            let answer = browser.log_in("ada", "wrong password").await;
            if answer.status == StatusCode::TOO_MANY_REQUESTS {
                return;
            }
        }
        panic!("guessing is not limited");
    };
    guess_until_limited(&mut app.browser()).await;
    app.browser().log_in("ada", PASSWORD).await.assert_problem(429, "rate_limited");
    assert_eq!(ada.log_in("ada", PASSWORD).await.status, StatusCode::OK);
    app.browser().log_in("ada", PASSWORD).await.assert_problem(429, "rate_limited");
    // Guesses from the recognised browser are limited too.
    guess_until_limited(&mut ada).await;
}

#[tokio::test]
async fn distributed_guessing_delays_the_owner_at_most_30_seconds() {
    let app = TestApp::start_with(&LIMITED).await;
    let mut ada = app.browser();
    ada.sign_up("ada").await;
    let mut longest = 0;
    for n in 0..60 {
        let answer = log_in_from(&app, &format!("198.51.{n}.1"), "ada", "wrong password").await;
        if let Some(wait) = answer.header("retry-after").map(|wait| wait.parse::<u64>().unwrap()) {
            longest = longest.max(wait);
            app.advance_seconds(wait);
        }
    }
    assert_eq!(longest, 30);
    app.advance_seconds(30);
    assert_eq!(log_in_from(&app, "203.0.113.5", "ada", PASSWORD).await.status, StatusCode::OK);
    assert_eq!(ada.refresh().await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_magic_link_works_while_passwords_are_rate_limited() {
    let app = TestApp::start_with(&LIMITED).await;
    app.browser().sign_up("ada").await;
    guess(&app, "198.51.100.1", "ada").await;
    let mut browser = app.browser();
    assert_eq!(browser.request_link("ada@example.org").await.status, StatusCode::OK);
    let token = app.link_to("ada@example.org").await;
    assert_eq!(browser.log_in_with_link(&token).await.status, StatusCode::OK);
}

#[tokio::test]
async fn concurrent_attempts_are_all_counted() {
    let app = TestApp::start_with(&LIMITED).await;
    app.browser().sign_up("ada").await;
    let logins = (0..30).map(|_| log_in_from(&app, "198.51.100.1", "ada", "wrong password"));
    let answers = futures::future::join_all(logins).await;
    let verified = answers.iter().filter(|it| it.status == StatusCode::UNAUTHORIZED).count();
    assert_eq!(verified, 5);
}

#[tokio::test]
async fn two_nodes_of_one_database_share_their_rate_limits() {
    let app = TestApp::start_with(&LIMITED).await;
    app.browser().sign_up("ada").await;
    let other_node = app.other_node().await;
    let at_other_node = async || {
        let mut request = login_from("198.51.100.1", "ada", "wrong password");
        let peer: SocketAddr = "192.0.2.7:4711".parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        other_node.clone().oneshot(request).await.unwrap().status()
    };
    for _ in 0..3 {
        let answer = log_in_from(&app, "198.51.100.1", "ada", "wrong password").await;
        answer.assert_problem(401, "invalid_credentials");
    }
    for _ in 0..2 {
        assert_eq!(at_other_node().await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(at_other_node().await, StatusCode::TOO_MANY_REQUESTS);
    let answer = log_in_from(&app, "198.51.100.1", "ada", PASSWORD).await;
    answer.assert_problem(429, "rate_limited");
}

#[tokio::test]
async fn rate_limits_survive_a_restart() {
    let mut app = TestApp::start_with(&LIMITED).await;
    app.browser().sign_up("ada").await;
    guess(&app, "198.51.100.1", "ada").await;
    app.restart().await;
    let answer = log_in_from(&app, "198.51.100.1", "ada", PASSWORD).await;
    answer.assert_problem(429, "rate_limited");
}

#[tokio::test]
async fn mail_limits_are_the_same_for_unknown_addresses() {
    let app = TestApp::start_with(&LIMITED).await;
    app.browser().sign_up("ada").await;
    app.advance_seconds(6 * 60 * 60 + 1);
    let mut waits = Vec::new();
    for email in ["ada@example.org", "unknown@example.org"] {
        let mut sent = 0;
        let refused = loop {
            let answer = app.browser().request_link(email).await;
            if answer.status != StatusCode::OK {
                break answer;
            }
            sent += 1;
            assert!(sent < 50, "mail is not limited");
        };
        refused.assert_problem(429, "rate_limited");
        waits.push((sent, refused.text()));
    }
    assert_eq!(waits[0], waits[1]);
}

#[tokio::test]
async fn x_forwarded_for_from_untrusted_peers_is_ignored() {
    let app = TestApp::start_with(&[("HANDSTAMP_RATE_LIMITS", "on")]).await;
    app.browser().sign_up("ada").await;
    let mut refused = 0;
    for n in 0..10 {
        let answer = log_in_from(&app, &format!("198.51.100.{n}"), "ada", "wrong password").await;
        refused += u32::from(answer.status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!(refused, 5, "all attempts count for the IP address of the peer");
}

#[tokio::test]
async fn reauthentication_has_its_own_rate_limit() {
    let app = TestApp::start_with(&LIMITED).await;
    let access = app.browser().sign_up("ada").await.access_token();
    for n in 0..20 {
        log_in_from(&app, &format!("198.51.{n}.1"), "ada", "wrong password").await;
    }
    let confirm = async |password: &str| {
        let body = Some(json!({"password": password}));
        app.call("POST", "/api/account/confirmation", Some(&access), body).await
    };
    assert_eq!(confirm(PASSWORD).await.status, StatusCode::NO_CONTENT);
    for _ in 0..5 {
        confirm("wrong password").await.assert_problem(422, "validation");
    }
    confirm(PASSWORD).await.assert_problem(429, "rate_limited");
}

/// Correct passwords do not count against the limit of the IP address.
#[tokio::test]
async fn correct_logins_of_many_users_on_one_ip_are_not_delayed() {
    let app = TestApp::start_with(&LIMITED).await;
    for name in ["ada", "bob", "eve"] {
        app.browser().sign_up(name).await;
        for _ in 0..30 {
            let answer = log_in_from(&app, "198.51.100.1", name, PASSWORD).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        }
    }
}

#[tokio::test]
async fn magic_link_logins_are_not_rate_limited() {
    let app = TestApp::start_with(&[("HANDSTAMP_RATE_LIMITS", "on")]).await;
    let mut browser = app.browser();
    for _ in 0..30 {
        assert_eq!(browser.request_link("ada@example.org").await.status, StatusCode::OK);
        let token = app.link_to("ada@example.org").await;
        assert_eq!(browser.log_in_with_link(&token).await.status, StatusCode::OK);
    }
}
