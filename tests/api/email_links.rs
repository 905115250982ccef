//! Links that log in: valid once, for ten minutes, in one browser. No response reveals which accounts exist (M2).

use crate::helpers::TestApp;
use axum::http::StatusCode;
use serde_json::json;
use std::time::Duration;

const ADA: &str = "ada@example.org";

#[tokio::test]
async fn a_magic_link_logs_in_to_the_account_of_its_address() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    browser.sign_up("ada").await;
    app.confirm_email(ADA).await;
    let mut browser = app.browser();
    assert_eq!(browser.request_link("Ada@Example.org").await.status, StatusCode::OK);
    let token = app.link_to("Ada@Example.org").await;
    let answer = browser.log_in_with_link(&token).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.json()["user"]["username"], "ada");
    assert_eq!(app.get("/api/profile", &answer.access_token()).await.status, StatusCode::OK);
    assert_eq!(browser.refresh().await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_magic_link_creates_an_account_for_an_unknown_address() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    for email in ["grace.hopper@example.org", "x+y@example.org"] {
        browser.request_link(email).await;
        let answer = browser.log_in_with_link(&app.link_to(email).await).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let user = answer.json()["user"].clone();
        assert_eq!(user["email"], email);
        let name = user["username"].as_str().unwrap();
        assert!(
            name.starts_with("member-"),
            "user names are public and must not reveal the address: {name}"
        );
        let account = app.get("/api/account", &answer.access_token()).await.json();
        assert_eq!(
            (&account["email_confirmed"], &account["has_password"]),
            (&json!(true), &json!(false))
        );
    }
}

#[tokio::test]
async fn requesting_a_link_does_not_reveal_whether_there_is_an_account() {
    let app = TestApp::start().await;
    app.browser().sign_up("ada").await;
    for path in ["/auth/send_magic_link", "/auth/send_password_reset"] {
        let known = app.browser().post(path, Some(json!({"email": ADA}))).await;
        let unknown = app.browser().post(path, Some(json!({"email": "no@example.org"}))).await;
        assert_eq!((known.status, known.text()), (unknown.status, unknown.text()));
        assert_eq!(known.status, StatusCode::OK);
        let subject = |mail: serde_json::Value| mail["subject"].clone();
        assert_eq!(
            subject(app.mail_to(ADA).await),
            subject(app.mail_to("no@example.org").await),
            "the subject reveals nothing either"
        );
    }
}

#[tokio::test]
async fn a_get_of_a_link_page_does_not_consume_it() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    browser.request_link(ADA).await;
    let token = app.link_to(ADA).await;
    for page in ["magic", "confirm", "reset"] {
        for method in ["GET", "HEAD"] {
            let answer = app.call(method, &format!("/{page}/{token}"), None, None).await;
            assert_eq!(answer.status, StatusCode::OK);
            assert!(!answer.text().contains(&token) && answer.set_cookies().is_empty());
            assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        }
    }
    assert_eq!(browser.log_in_with_link(&token).await.status, StatusCode::OK);
}

#[tokio::test]
async fn concurrent_uses_of_a_link_succeed_once() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    browser.request_link(ADA).await;
    let token = app.link_to(ADA).await;
    let (mut one, mut two, mut three) = (browser.clone(), browser.clone(), browser.clone());
    let answers: [_; 3] = tokio::join!(
        one.log_in_with_link(&token),
        two.log_in_with_link(&token),
        three.log_in_with_link(&token)
    )
    .into();
    let (accepted, rejected): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.status == StatusCode::OK);
    assert_eq!((accepted.len(), rejected.len()), (1, 2));
    for answer in rejected {
        answer.assert_problem(410, "link_used");
    }
    browser.log_in_with_link(&token).await.assert_problem(410, "link_used");
}

#[tokio::test]
async fn a_link_is_valid_for_ten_minutes() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    for (wait, code) in
        [(Duration::from_secs(599), None), (Duration::from_secs(600), Some("link_expired"))]
    {
        browser.request_link(ADA).await;
        let token = app.link_to(ADA).await;
        app.advance(wait);
        let answer = browser.log_in_with_link(&token).await;
        match code {
            Some(code) => answer.assert_problem(410, code),
            None => assert_eq!(answer.status, StatusCode::OK),
        }
    }
}

/// ASVS 6.6.2.
#[tokio::test]
async fn a_link_works_only_in_the_browser_that_requested_it() {
    let app = TestApp::start().await;
    let (mut requesting, mut other) = (app.browser(), app.browser());
    let sent = requesting.request_link(ADA).await;
    let cookie = sent.set_cookies().into_iter().next().unwrap();
    for attribute in ["Path=/;", "HttpOnly", "SameSite=Strict", "Max-Age=86400"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    let token = app.link_to(ADA).await;
    other.log_in_with_link(&token).await.assert_problem(403, "link_of_another_browser");
    other.request_link("other@example.org").await;
    other.log_in_with_link(&token).await.assert_problem(403, "link_of_another_browser");
    assert_eq!(requesting.log_in_with_link(&token).await.status, StatusCode::OK, "not consumed");
}

#[tokio::test]
async fn two_links_of_one_browser_both_work() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    browser.request_link(ADA).await;
    let first = app.link_to(ADA).await;
    browser.request_link("grace@example.org").await;
    assert_eq!(browser.log_in_with_link(&first).await.status, StatusCode::OK);
    let second = app.link_to("grace@example.org").await;
    assert_eq!(browser.log_in_with_link(&second).await.status, StatusCode::OK);
}

#[tokio::test]
async fn unknown_links_are_rejected() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    browser.request_link(ADA).await;
    let token = app.link_to(ADA).await;
    let foreign = format!("hsm_{}", "A".repeat(43));
    let access = app.browser().sign_up("grace").await.access_token();
    for wrong in [&token[..20], &token[4..], &foreign, "", "\u{0}", &"x".repeat(10_000), &access] {
        let answer = browser.log_in_with_link(wrong).await;
        answer.assert_problem(400, "link_invalid");
        assert!(wrong.is_empty() || !answer.text().contains(wrong));
    }
}

#[tokio::test]
async fn a_link_works_only_for_its_purpose() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    browser.request_link(ADA).await;
    let token = app.link_to(ADA).await;
    for (path, body) in [
        ("/auth/confirm_email", json!({"token": token})),
        ("/auth/reset_password", json!({"token": token, "password": "a new and good phrase"})),
    ] {
        browser.post(path, Some(body)).await.assert_problem(400, "link_invalid");
    }
}

#[tokio::test]
async fn links_are_sent_only_to_valid_addresses() {
    let app = TestApp::start().await;
    let long = format!("{}@example.org", "a".repeat(250));
    for invalid in
        ["", "ada", "ada@", "a@b\r\nBcc: c@d.org", "Ada <ada@example.org>", "a@b.invalid", &long]
    {
        let answer = app.browser().request_link(invalid).await;
        answer.assert_problem(422, "validation");
        assert_eq!(answer.wrong_fields(), ["email"], "{invalid:?}");
    }
    for valid in [
        "ada+films@example.org",
        "ädä@example.org",
        &format!("{}@{}.org", "a".repeat(64), "b".repeat(60)),
    ] {
        let mut browser = app.browser();
        assert_eq!(browser.request_link(valid).await.status, StatusCode::OK, "{valid}");
        assert_eq!(
            browser.log_in_with_link(&app.link_to(valid).await).await.status,
            StatusCode::OK
        );
    }
}

#[tokio::test]
async fn a_magic_link_login_replaces_the_browsers_session() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let before = browser.sign_up("grace").await.access_token();
    browser.request_link(ADA).await;
    browser.log_in_with_link(&app.link_to(ADA).await).await;
    app.get("/api/profile", &before).await.assert_problem(401, "session_revoked");
}

/// E-mails go to the address as it was typed, and accounts are found by its normalised form. So no two mailboxes
/// may have one normalised form.
#[tokio::test]
async fn an_address_that_normalises_to_another_one_is_rejected() {
    let app = TestApp::start().await;
    app.browser().sign_up("kelvin").await;
    for alike in ["ﬁlm@example.org", "ｋelvin@example.org", "kelvin@ｅxample.org"] {
        app.browser().request_link(alike).await.assert_problem(422, "validation");
    }
}

/// A stolen database gives access to no account.
#[tokio::test]
async fn link_tokens_are_stored_only_as_hashes() {
    use sea_orm::{ConnectionTrait, Statement};
    let app = TestApp::start().await;
    app.browser().request_link(ADA).await;
    let token = app.link_to(ADA).await;
    let backend = app.state.db.reader.get_database_backend();
    for (table, column) in [("links", "token_hash"), ("mails", "content")] {
        let sql = format!("SELECT {column} AS bytes FROM {table}");
        let rows =
            app.state.db.reader.query_all_raw(Statement::from_string(backend, sql)).await.unwrap();
        assert!(!rows.is_empty());
        for row in rows {
            let bytes: Vec<u8> = row.try_get("", "bytes").unwrap();
            assert!(!bytes.windows(8).any(|part| part == &token.as_bytes()[..8]));
        }
    }
}
