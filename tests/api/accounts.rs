//! Sign-up, login and guest accounts (M1, M3).

use crate::helpers::{PASSWORD, TestApp};
use axum::http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn sign_up_logs_in_and_returns_the_tokens_and_the_user() {
    let app = TestApp::start().await;
    let answer = app.browser().sign_up("ada").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let tokens = answer.json();
    assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("Bearer"), &json!(900)));
    assert_eq!(tokens["session_expires_in"], json!(30 * 24 * 3600));
    assert_eq!(
        (&tokens["user"]["username"], &tokens["user"]["email"]),
        (&json!("ada"), &json!("ada@example.org"))
    );
    let keys: Vec<&String> = tokens.as_object().unwrap().keys().collect();
    let expected =
        ["access_token", "expires_in", "session_expires_in", "session_id", "token_type", "user"];
    assert_eq!(keys, expected);
    assert!(
        !answer.text().contains("hsr_"),
        "the refresh token is only in the cookie (ASVS 3.3.4)"
    );
}

#[tokio::test]
async fn login_accepts_the_username_and_the_address_in_any_case() {
    let app = TestApp::start().await;
    app.browser().sign_up("Ada.Lovelace").await;
    for name in ["Ada.Lovelace", "ada.lovelace", "ADA.LOVELACE@example.org", " ada.lovelace "] {
        let answer = app.browser().log_in(name, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::OK, "{name}: {}", answer.text());
        assert_eq!(answer.json()["user"]["username"], "Ada.Lovelace");
    }
}

#[tokio::test]
async fn an_unknown_user_and_a_wrong_password_get_the_same_response() {
    let app = TestApp::start().await;
    app.browser().sign_up("ada").await;
    let wrong = app.browser().log_in("ada", "wrong password").await;
    let unknown = app.browser().log_in("unknown", "wrong password").await;
    wrong.assert_problem(401, "invalid_credentials");
    assert_eq!(wrong.text(), unknown.text());
    assert!(wrong.set_cookies().is_empty());
    assert_eq!(
        wrong.header("www-authenticate"),
        Some(r#"Handstamp realm="login""#),
        "not the challenge for an invalid token"
    );
}

#[tokio::test]
async fn sign_up_names_a_taken_username_or_address() {
    let app = TestApp::start().await;
    app.browser().sign_up("ada").await;
    let body = |name: &str, email: &str| {
        Some(json!({"username": name, "email": email, "password": PASSWORD}))
    };
    for (name, email, fields) in [
        ("ADA", "other@example.org", vec!["username"]),
        ("other", "Ada@Example.org", vec!["email"]),
        ("ada", "ada@example.org", vec!["username", "email"]),
    ] {
        let answer = app.browser().post("/auth/sign_up", body(name, email)).await;
        answer.assert_problem(422, "validation");
        assert_eq!(answer.wrong_fields(), fields);
    }
}

#[tokio::test]
async fn concurrent_sign_ups_with_one_name_succeed_once() {
    let app = TestApp::start().await;
    let (mut one, mut two, mut three) = (app.browser(), app.browser(), app.browser());
    let answers: [_; 3] =
        tokio::join!(one.sign_up("ada"), two.sign_up("ada"), three.sign_up("ada")).into();
    let (accepted, rejected): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.status == StatusCode::OK);
    assert_eq!((accepted.len(), rejected.len()), (1, 2));
    for answer in rejected {
        answer.assert_problem(422, "validation");
        assert!(answer.wrong_fields().iter().all(|field| field == "username" || field == "email"));
        assert!(!answer.wrong_fields().is_empty());
    }
}

#[tokio::test]
async fn guest_accounts_are_separate_and_last_24_hours() {
    let app = TestApp::start().await;
    let one = app.browser().post("/auth/try_it", None).await;
    let two = app.browser().post("/auth/try_it", None).await;
    assert_eq!(one.status, StatusCode::OK, "{}", one.text());
    assert_ne!(one.json()["user"]["username"], two.json()["user"]["username"]);
    assert_eq!(one.json()["session_expires_in"], json!(24 * 3600));
    let name = one.json()["user"]["username"].as_str().unwrap().to_owned();
    app.browser().log_in(&name, "").await.assert_problem(401, "invalid_credentials");
}

#[tokio::test]
async fn guest_accounts_are_disabled_without_demo() {
    let app = TestApp::start_with(&[("HANDSTAMP_DEMO", "false")]).await;
    app.browser().post("/auth/try_it", None).await.assert_problem(404, "not_found");
}

#[tokio::test]
async fn guest_accounts_are_limited_per_ip_and_refreshes_are_not() {
    let app = TestApp::start_with(&[("HANDSTAMP_RATE_LIMITS", "on")]).await;
    let mut guest = app.browser();
    guest.post("/auth/try_it", None).await;
    let mut rejected = None;
    for _ in 0..200 {
        let answer = app.browser().post("/auth/try_it", None).await;
        if answer.status != StatusCode::OK {
            rejected = Some(answer);
            break;
        }
    }
    let rejected = rejected.expect("200 guest accounts are over the limit");
    rejected.assert_problem(429, "rate_limited");
    assert!(rejected.header("retry-after").unwrap().parse::<u32>().unwrap() >= 1);
    for _ in 0..100 {
        assert_eq!(guest.refresh().await.status, StatusCode::OK);
    }
}

/// ASVS 7.2.4.
#[tokio::test]
async fn a_second_login_revokes_the_browsers_previous_session() {
    let app = TestApp::start().await;
    let (mut browser, first) = app.signed_up().await;
    let mut other_tab = browser.clone();
    let second = browser.log_in("person-0", PASSWORD).await.access_token();
    app.get("/api/profile", &first).await.assert_problem(401, "session_revoked");
    other_tab.refresh().await.assert_problem(401, "session_revoked");
    assert_eq!(app.get("/api/profile", &second).await.status, StatusCode::OK);
    assert_eq!(browser.refresh().await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_logins_does_not_delay_a_refresh() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    let mut others: Vec<_> = (0..40).map(|_| app.browser()).collect();
    let done = std::sync::atomic::AtomicUsize::new(0);
    let flood = others.iter_mut().map(|other| async {
        other.log_in("person-0", "wrong password").await.assert_problem(401, "invalid_credentials");
        done.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    });
    let refresh = async {
        assert_eq!(browser.refresh().await.status, StatusCode::OK);
        done.load(std::sync::atomic::Ordering::SeqCst)
    };
    let (_, logins_before) = tokio::join!(futures::future::join_all(flood), refresh);
    assert!(logins_before < 20, "the refresh waited for {logins_before} logins");
}
