//! Links by mail: one use, ten minutes, one browser, and never a word about who has an account (M2).

use crate::helpers::{PASSWORD, TestApp};
use axum::http::StatusCode;
use serde_json::json;
use std::time::Duration;

const ADA: &str = "ada@example.org";

#[tokio::test]
async fn a_link_logs_in_to_the_account_of_its_address() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    browser.sign_up("ada").await;
    app.confirm(ADA).await;
    let mut browser = app.browser();
    assert_eq!(browser.ask_link("Ada@Example.org").await.status, StatusCode::OK);
    let token = app.link_to("Ada@Example.org").await;
    let answer = browser.redeem(&token).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.json()["user"]["username"], "ada");
    assert_eq!(app.get("/api/profile", &answer.access_token()).await.status, StatusCode::OK);
    assert_eq!(browser.refresh().await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_address_without_an_account_gets_one() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    for email in ["grace.hopper@example.org", "x+y@example.org"] {
        browser.ask_link(email).await;
        let answer = browser.redeem(&app.link_to(email).await).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let user = answer.json()["user"].clone();
        assert_eq!(user["email"], email);
        let name = user["username"].as_str().unwrap();
        assert!(name.starts_with("member-"), "everybody sees it, so it tells nothing: {name}");
        let account = app.get("/api/account", &answer.access_token()).await.json();
        assert_eq!(
            (&account["email_confirmed"], &account["has_password"]),
            (&json!(true), &json!(false))
        );
    }
}

#[tokio::test]
async fn asking_says_the_same_whether_or_not_there_is_an_account() {
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
            "the letter doesn't tell either"
        );
    }
}

#[tokio::test]
async fn opening_the_page_of_a_link_uses_nothing_up_and_shows_nothing_of_it() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    browser.ask_link(ADA).await;
    let token = app.link_to(ADA).await;
    for page in ["magic", "confirm", "reset"] {
        for method in ["GET", "HEAD"] {
            let answer = app.call(method, &format!("/{page}/{token}"), None, None).await;
            assert_eq!(answer.status, StatusCode::OK);
            assert!(!answer.text().contains(&token) && answer.set_cookies().is_empty());
            assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        }
    }
    assert_eq!(browser.redeem(&token).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_link_works_once_also_when_it_is_opened_twice_at_once() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    browser.ask_link(ADA).await;
    let token = app.link_to(ADA).await;
    let (mut one, mut two, mut three) = (browser.clone(), browser.clone(), browser.clone());
    let answers: [_; 3] =
        tokio::join!(one.redeem(&token), two.redeem(&token), three.redeem(&token)).into();
    let (won, lost): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.status == StatusCode::OK);
    assert_eq!((won.len(), lost.len()), (1, 2));
    for answer in lost {
        answer.assert_problem(410, "link_used");
    }
    browser.redeem(&token).await.assert_problem(410, "link_used");
}

#[tokio::test]
async fn a_link_is_good_for_ten_minutes() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    for (wait, code) in
        [(Duration::from_secs(599), None), (Duration::from_secs(600), Some("link_expired"))]
    {
        browser.ask_link(ADA).await;
        let token = app.link_to(ADA).await;
        app.advance(wait);
        let answer = browser.redeem(&token).await;
        match code {
            Some(code) => answer.assert_problem(410, code),
            None => assert_eq!(answer.status, StatusCode::OK),
        }
    }
}

/// ASVS 6.6.2.
#[tokio::test]
async fn a_link_works_only_in_the_browser_that_asked_for_it() {
    let app = TestApp::start().await;
    let (mut asked, mut other) = (app.browser(), app.browser());
    let sent = asked.ask_link(ADA).await;
    let cookie = sent.set_cookies().into_iter().next().unwrap();
    for attribute in ["Path=/;", "HttpOnly", "SameSite=Strict", "Max-Age=86400"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    let token = app.link_to(ADA).await;
    other.redeem(&token).await.assert_problem(403, "link_of_another_browser");
    other.ask_link("other@example.org").await;
    other.redeem(&token).await.assert_problem(403, "link_of_another_browser");
    assert_eq!(asked.redeem(&token).await.status, StatusCode::OK, "nothing was used up");
}

#[tokio::test]
async fn two_links_of_one_browser_both_work() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    browser.ask_link(ADA).await;
    let first = app.link_to(ADA).await;
    browser.ask_link("grace@example.org").await;
    assert_eq!(browser.redeem(&first).await.status, StatusCode::OK);
    let second = app.link_to("grace@example.org").await;
    assert_eq!(browser.redeem(&second).await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_is_no_link_of_ours_is_refused() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    browser.ask_link(ADA).await;
    let token = app.link_to(ADA).await;
    let foreign = format!("hsm_{}", "A".repeat(43));
    let access = app.browser().sign_up("grace").await.access_token();
    for wrong in [&token[..20], &token[4..], &foreign, "", "\u{0}", &"x".repeat(10_000), &access] {
        let answer = browser.redeem(wrong).await;
        answer.assert_problem(400, "link_invalid");
        assert!(wrong.is_empty() || !answer.text().contains(wrong));
    }
    // Each link does its own thing and no other's.
    for path in ["/auth/confirm_email", "/auth/reset_password"] {
        let body = json!({"token": token, "password": "a new and good phrase"});
        let body = if path.ends_with("email") { json!({"token": token}) } else { body };
        browser.post(path, Some(body)).await.assert_problem(400, "link_invalid");
    }
}

#[tokio::test]
async fn what_is_no_address_gets_no_mail() {
    let app = TestApp::start().await;
    let long = format!("{}@example.org", "a".repeat(250));
    for wrong in
        ["", "ada", "ada@", "a@b\r\nBcc: c@d.org", "Ada <ada@example.org>", "a@b.invalid", &long]
    {
        let answer = app.browser().ask_link(wrong).await;
        answer.assert_problem(422, "validation");
        assert_eq!(answer.wrong_fields(), ["email"], "{wrong:?}");
    }
    for right in [
        "ada+films@example.org",
        "ädä@example.org",
        &format!("{}@{}.org", "a".repeat(64), "b".repeat(60)),
    ] {
        let mut browser = app.browser();
        assert_eq!(browser.ask_link(right).await.status, StatusCode::OK, "{right}");
        assert_eq!(browser.redeem(&app.link_to(right).await).await.status, StatusCode::OK);
    }
}

/// Whoever signs up with somebody else's address has no way in any more once that person comes.
#[tokio::test]
async fn the_first_login_of_who_reads_the_mail_throws_out_who_only_knew_the_address() {
    let app = TestApp::start().await;
    let (mut stranger, mut ada) = (app.browser(), app.browser());
    stranger.sign_up("ada").await;
    let mut stranger_elsewhere = app.browser();
    stranger_elsewhere.log_in("ada", PASSWORD).await;
    ada.ask_link(ADA).await;
    let answer = ada.redeem(&app.link_to(ADA).await).await;
    assert_eq!(answer.status, StatusCode::OK);
    stranger.refresh().await.assert_problem(401, "session_revoked");
    stranger_elsewhere.refresh().await.assert_problem(401, "session_revoked");
    let events = app.events(&answer.access_token()).await;
    assert_eq!(events[..2], ["logged_in_by_link", "password_removed"]);
    app.browser().log_in("ada", PASSWORD).await.assert_problem(401, "invalid_credentials");
    assert!(app.mail_to(ADA).await["text"].as_str().unwrap().contains("password was removed"));
}

#[tokio::test]
async fn who_has_confirmed_the_address_keeps_the_password() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    browser.sign_up("ada").await;
    assert!(
        app.mail_to(ADA).await["text"].as_str().unwrap().contains("called ada."),
        "whose it is"
    );
    app.confirm(ADA).await;
    let mut other = app.browser();
    other.ask_link(ADA).await;
    assert_eq!(other.redeem(&app.link_to(ADA).await).await.status, StatusCode::OK);
    assert_eq!(browser.refresh().await.status, StatusCode::OK);
    assert_eq!(app.browser().log_in("ada", PASSWORD).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_link_begins_a_session_in_the_place_of_the_one_that_the_browser_had() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let before = browser.sign_up("grace").await.access_token();
    browser.ask_link(ADA).await;
    browser.redeem(&app.link_to(ADA).await).await;
    app.get("/api/profile", &before).await.assert_problem(401, "session_revoked");
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_and_ends_all_sessions() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let access = browser.sign_up("ada").await.access_token();
    app.browser().post("/auth/send_password_reset", Some(json!({"email": ADA}))).await;
    let token = app.link_to(ADA).await;
    app.browser().post("/auth/send_password_reset", Some(json!({"email": ADA}))).await;
    let second = app.link_to(ADA).await;
    let reset = async |token: &str, password: &str| {
        let body = json!({"token": token, "password": password});
        app.browser().post("/auth/reset_password", Some(body)).await
    };
    for weak in ["short", "password123", "ada@example.org"] {
        let answer = reset(&token, weak).await;
        answer.assert_problem(422, "validation");
        assert_eq!(answer.wrong_fields(), ["password"]);
    }
    let answer = reset(&token, "a new and good phrase").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert!(answer.set_cookies().is_empty(), "it logs nobody in");
    reset(&token, "another good phrase").await.assert_problem(410, "link_used");
    reset(&second, "another good phrase").await.assert_problem(410, "link_used");
    app.get("/api/profile", &access).await.assert_problem(401, "session_revoked");
    assert_eq!(browser.refresh().await.json()["reason"], "password_changed");
    app.browser().log_in("ada", PASSWORD).await.assert_problem(401, "invalid_credentials");
    let again = app.browser().log_in("ada", "a new and good phrase").await;
    assert_eq!(again.status, StatusCode::OK);
    assert!(app.events(&again.access_token()).await.contains(&"password_reset".to_owned()));
}

#[tokio::test]
async fn a_reset_for_an_address_without_an_account_says_so_to_who_reads_the_mail() {
    let app = TestApp::start().await;
    app.browser().post("/auth/send_password_reset", Some(json!({"email": ADA}))).await;
    let body = json!({"token": app.link_to(ADA).await, "password": "a new and good phrase"});
    let answer = app.browser().post("/auth/reset_password", Some(body)).await;
    answer.assert_problem(400, "link_invalid");
    assert!(answer.text().contains("no account"));
}

/// Whoever had the account for a while has prepared nothing to get it back.
#[tokio::test]
async fn a_link_that_would_move_the_account_away_dies_with_what_makes_it_safe() {
    let app = TestApp::start().await;
    for (n, safe) in
        ["link", "reset", "password", "everywhere", "others", "another"].iter().enumerate()
    {
        let (name, email) = (format!("ada{n}"), format!("ada{n}@example.org"));
        let mut thief = app.browser();
        let access = thief.sign_up(&name).await.access_token();
        let evil = format!("evil{n}@example.org");
        let put = async |path: &str, body: serde_json::Value| {
            let path = format!("/api/account/{path}");
            let answer = app.call("PUT", &path, Some(&access), Some(body)).await;
            assert!(answer.status.is_success(), "{}", answer.text());
        };
        put("email", json!({"email": evil, "password": PASSWORD})).await;
        let token = app.link_to(&evil).await;
        let mut ada = app.browser();
        match *safe {
            "link" => {
                ada.ask_link(&email).await;
                assert_eq!(ada.redeem(&app.link_to(&email).await).await.status, StatusCode::OK);
            }
            "reset" => {
                ada.post("/auth/send_password_reset", Some(json!({"email": email}))).await;
                let body = json!({"token": app.link_to(&email).await, "password": "a new and good phrase"});
                let answer = ada.post("/auth/reset_password", Some(body)).await;
                assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
            }
            "password" => {
                put("password", json!({"current": PASSWORD, "password": "a new and good phrase"}))
                    .await
            }
            "another" => {
                put(
                    "email",
                    json!({"email": format!("right{n}@example.org"), "password": PASSWORD}),
                )
                .await
            }
            "others" => {
                app.call("DELETE", "/api/sessions/others", Some(&access), None).await;
            }
            _ => {
                let request = axum::http::Request::post("/auth/log_out_everywhere")
                    .header("authorization", format!("Bearer {access}"));
                app.send(request.body(axum::body::Body::empty()).unwrap()).await;
            }
        }
        let body = json!({"token": token, "password": PASSWORD});
        let answer = app.browser().post("/auth/confirm_email", Some(body)).await;
        answer.assert_problem(410, "link_used");
    }
}

/// Mail goes to what was typed, and accounts are found by what it folds to: no two mailboxes may be one account.
#[tokio::test]
async fn an_address_that_only_looks_like_another_gets_no_link() {
    let app = TestApp::start().await;
    app.browser().sign_up("kelvin").await;
    for alike in ["ﬁlm@example.org", "ｋelvin@example.org", "kelvin@ｅxample.org"] {
        app.browser().ask_link(alike).await.assert_problem(422, "validation");
    }
}

#[tokio::test]
async fn a_link_of_a_deleted_account_is_none() {
    let app = TestApp::start().await;
    let access = app.browser().sign_up("ada").await.access_token();
    let body = json!({"email": "new@example.org", "password": PASSWORD});
    app.call("PUT", "/api/account/email", Some(&access), Some(body)).await;
    let tokens = [app.link_to(ADA).await, app.link_to("new@example.org").await];
    app.call("DELETE", "/api/account", Some(&access), None).await;
    for token in tokens {
        let answer = app.browser().post("/auth/confirm_email", Some(json!({"token": token}))).await;
        answer.assert_problem(400, "link_invalid");
    }
}

/// Whoever opens a letter by mistake makes no stranger's account good.
#[tokio::test]
async fn an_address_is_confirmed_in_the_browser_that_signed_up_or_by_who_knows_the_password() {
    let app = TestApp::start().await;
    let mut here = app.browser();
    here.sign_up("ada").await;
    let token = app.link_to(ADA).await;
    let mut elsewhere = app.browser();
    let with = |password: serde_json::Value| Some(json!({"token": token, "password": password}));
    let asked = elsewhere.post("/auth/confirm_email", with(json!(null))).await;
    asked.assert_problem(403, "confirmation_required");
    let wrong = elsewhere.post("/auth/confirm_email", with(json!("wrong password"))).await;
    assert_eq!(wrong.wrong_fields(), ["password"]);
    let right = elsewhere.post("/auth/confirm_email", with(json!(PASSWORD))).await;
    assert_eq!(right.status, StatusCode::OK, "{}", right.text());
    let mut grace = app.browser();
    grace.sign_up("grace").await;
    let body = json!({"token": app.link_to("grace@example.org").await});
    assert_eq!(grace.post("/auth/confirm_email", Some(body)).await.status, StatusCode::OK);
}

/// Fingerprints only: who steals the database can open nothing.
#[tokio::test]
async fn no_link_stands_in_the_database() {
    use sea_orm::{ConnectionTrait, Statement};
    let app = TestApp::start().await;
    app.browser().ask_link(ADA).await;
    let token = app.link_to(ADA).await;
    let backend = app.state.db.get_database_backend();
    for (table, column) in [("links", "token_hash"), ("mails", "content")] {
        let sql = format!("SELECT {column} AS bytes FROM {table}");
        let rows = app.state.db.query_all_raw(Statement::from_string(backend, sql)).await.unwrap();
        assert!(!rows.is_empty());
        for row in rows {
            let bytes: Vec<u8> = row.try_get("", "bytes").unwrap();
            assert!(!bytes.windows(8).any(|part| part == &token.as_bytes()[..8]));
        }
    }
}
