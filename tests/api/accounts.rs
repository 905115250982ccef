//! Signing up and logging in (M1, M3).

use crate::helpers::{PASSWORD, TestApp};
use axum::http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn signing_up_logs_in_and_answers_tokens_and_the_person() {
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
        "the refresh token stands in the cookie alone (ASVS 3.3.4)"
    );
}

#[tokio::test]
async fn logging_in_works_by_name_and_by_address_in_any_case() {
    let app = TestApp::start().await;
    app.browser().sign_up("Ada.Lovelace").await;
    for name in ["Ada.Lovelace", "ada.lovelace", "ADA.LOVELACE@example.org", " ada.lovelace "] {
        let answer = app.browser().log_in(name, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::OK, "{name}: {}", answer.text());
        assert_eq!(answer.json()["user"]["username"], "Ada.Lovelace");
    }
}

#[tokio::test]
async fn an_unknown_user_and_a_wrong_password_get_the_same_answer() {
    let app = TestApp::start().await;
    app.browser().sign_up("ada").await;
    let wrong = app.browser().log_in("ada", "wrong password").await;
    let unknown = app.browser().log_in("nobody", "wrong password").await;
    wrong.assert_problem(401, "invalid_credentials");
    assert_eq!(wrong.text(), unknown.text());
    assert!(wrong.set_cookies().is_empty());
    assert_eq!(
        wrong.header("www-authenticate"),
        Some(r#"Handstamp realm="login""#),
        "nothing that looks like a bad token"
    );
}

#[tokio::test]
async fn a_name_or_an_address_that_is_taken_is_named() {
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
async fn of_two_sign_ups_at_once_one_wins_and_the_other_is_told_why() {
    let app = TestApp::start().await;
    let (mut one, mut two, mut three) = (app.browser(), app.browser(), app.browser());
    let answers: [_; 3] =
        tokio::join!(one.sign_up("ada"), two.sign_up("ada"), three.sign_up("ada")).into();
    let (won, lost): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.status == StatusCode::OK);
    assert_eq!((won.len(), lost.len()), (1, 2));
    for answer in lost {
        answer.assert_problem(422, "validation");
        assert!(answer.wrong_fields().iter().all(|field| field == "username" || field == "email"));
        assert!(!answer.wrong_fields().is_empty());
    }
}

#[tokio::test]
async fn trying_it_makes_a_guest_of_ones_own_whose_session_ends_with_the_account() {
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
async fn without_the_demo_there_are_no_guests() {
    let app = TestApp::start_with(&[("HANDSTAMP_DEMO", "false")]).await;
    app.browser().post("/auth/try_it", None).await.assert_problem(404, "not_found");
}

#[tokio::test]
async fn too_many_tries_of_one_address_wait_and_refreshes_never_do() {
    let app = TestApp::start_with(&[("HANDSTAMP_RATE_LIMITS", "on")]).await;
    let mut guest = app.browser();
    guest.post("/auth/try_it", None).await;
    let mut refused = None;
    for _ in 0..200 {
        let answer = app.browser().post("/auth/try_it", None).await;
        if answer.status != StatusCode::OK {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("the two hundredth try is over the limit");
    refused.assert_problem(429, "rate_limited");
    assert!(refused.header("retry-after").unwrap().parse::<u32>().unwrap() >= 1);
    for _ in 0..100 {
        assert_eq!(guest.refresh().await.status, StatusCode::OK);
    }
}

/// ASVS 7.2.4.
#[tokio::test]
async fn logging_in_again_ends_the_session_that_the_browser_had() {
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
async fn a_flood_of_logins_does_not_hold_up_a_refresh() {
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
