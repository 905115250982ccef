//! What people change in their accounts, and what wants a young login.

use crate::helpers::{Answer, PASSWORD, TestApp};
use axum::http::StatusCode;
use serde_json::{Value, json};

const ADA: &str = "ada@example.org";
const NEW: &str = "a new and good phrase";

async fn put(app: &TestApp, path: &str, access: &str, body: Value) -> Answer {
    app.call("PUT", &format!("/api/account/{path}"), Some(access), Some(body)).await
}

async fn confirm(app: &TestApp, access: &str, password: &str) -> Answer {
    let body = Some(json!({"password": password}));
    app.call("POST", "/api/account/confirmation", Some(access), body).await
}

#[tokio::test]
async fn a_new_password_wants_the_one_so_far_and_ends_the_other_sessions() {
    let app = TestApp::start().await;
    let (mut here, mut there) = (app.browser(), app.browser());
    let access = here.sign_up("ada").await.access_token();
    app.confirm(ADA).await;
    there.log_in("ada", PASSWORD).await;
    for current in [json!("wrong password"), json!(null)] {
        let body = json!({"current": current, "password": NEW});
        let answer = put(&app, "password", &access, body).await;
        answer.assert_problem(422, "validation");
        assert_eq!(answer.wrong_fields(), ["current"]);
    }
    for weak in ["1234567", "qwertyuiop", "ada12345"] {
        let answer =
            put(&app, "password", &access, json!({"current": PASSWORD, "password": weak})).await;
        assert_eq!(answer.wrong_fields(), ["password"], "{weak}");
    }
    let answer =
        put(&app, "password", &access, json!({"current": PASSWORD, "password": NEW})).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.text());
    assert_eq!(there.refresh().await.json()["reason"], "password_changed");
    assert_eq!(here.refresh().await.status, StatusCode::OK, "this one stays");
    app.browser().log_in("ada", PASSWORD).await.assert_problem(401, "invalid_credentials");
    assert_eq!(app.browser().log_in("ada", NEW).await.status, StatusCode::OK);
    assert!(app.mail_to(ADA).await["text"].as_str().unwrap().contains("password was changed"));
}

#[tokio::test]
async fn the_other_sessions_go_on_where_the_person_wants_it() {
    let app = TestApp::start().await;
    let (mut here, mut there) = (app.browser(), app.browser());
    let access = here.sign_up("ada").await.access_token();
    there.log_in("ada", PASSWORD).await;
    let body = json!({"current": PASSWORD, "password": NEW, "keep_others": true});
    assert_eq!(put(&app, "password", &access, body).await.status, StatusCode::NO_CONTENT);
    assert_eq!(there.refresh().await.status, StatusCode::OK);
}

#[tokio::test]
async fn of_two_password_changes_at_once_one_wins_and_the_other_is_told() {
    let app = TestApp::start().await;
    let access = app.browser().sign_up("ada").await.access_token();
    let change = |password: &'static str| {
        put(&app, "password", &access, json!({"current": PASSWORD, "password": password}))
    };
    let (one, two) = tokio::join!(change(NEW), change("another good phrase"));
    let (won, lost) = if one.status == StatusCode::NO_CONTENT {
        (NEW, two)
    } else {
        ("another good phrase", one)
    };
    lost.assert_problem(422, "validation");
    assert_eq!(app.browser().log_in("ada", won).await.status, StatusCode::OK);
    assert_eq!(
        app.events(&access).await.iter().filter(|kind| *kind == "password_changed").count(),
        1
    );
}

#[tokio::test]
async fn who_has_no_password_sets_one_after_a_young_login() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    browser.ask_link(ADA).await;
    let access = browser.redeem(&app.link_to(ADA).await).await.access_token();
    let answer = put(&app, "password", &access, json!({"password": NEW})).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.text());
    assert_eq!(app.browser().log_in(ADA, NEW).await.status, StatusCode::OK);
}

/// ASVS 7.5.2.
#[tokio::test]
async fn what_could_lock_a_person_out_wants_a_login_of_the_last_fifteen_minutes() {
    let app = TestApp::start_with(&[("HANDSTAMP_ACCESS_TTL", "1h")]).await;
    let (mut browser, mut other) = (app.browser(), app.browser());
    browser.sign_up("ada").await;
    other.log_in("ada", PASSWORD).await;
    app.advance_seconds(14 * 60);
    let access = browser.refresh().await.access_token();
    let fresh = async || app.get("/api/account", &access).await.json()["confirmed"].clone();
    assert_eq!(fresh().await, json!(true));
    app.advance_seconds(60);
    assert_eq!(fresh().await, json!(false));
    let sessions = app.get("/api/sessions", &access).await.json();
    let others = sessions["sessions"].as_array().unwrap().iter();
    let mut id =
        others.filter(|it| it["current"] == json!(false)).map(|it| it["id"].as_str().unwrap());
    let one = format!("/api/sessions/{}", id.next_back().unwrap());
    for (method, path, body) in [
        ("DELETE", one.as_str(), None),
        ("DELETE", "/api/sessions/others", None),
        ("PUT", "/api/account/username", Some(json!({"username": "augusta"}))),
        ("DELETE", "/api/account", None),
    ] {
        let answer = app.call(method, path, Some(&access), body).await;
        answer.assert_problem(403, "confirmation_required");
        assert_eq!(answer.header("www-authenticate"), None, "no client takes it for a bad token");
    }
    let wrong = confirm(&app, &access, "wrong password").await;
    assert_eq!(wrong.wrong_fields(), ["password"]);
    assert_eq!(fresh().await, json!(false));
    assert_eq!(confirm(&app, &access, PASSWORD).await.status, StatusCode::NO_CONTENT);
    assert_eq!(fresh().await, json!(true));
    let ended = app.call("DELETE", &one, Some(&access), None).await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT);
    app.advance_seconds(15 * 60);
    assert_eq!(fresh().await, json!(false), "it counts for a while, and for this session alone");
}

/// Whoever has the address has the account: an access token alone doesn't move it.
#[tokio::test]
async fn another_address_wants_the_password_however_young_the_login_is() {
    let app = TestApp::start().await;
    let access = app.browser().sign_up("ada").await.access_token();
    for password in [json!(null), json!("wrong password")] {
        let body = json!({"email": "evil@example.org", "password": password});
        let answer = put(&app, "email", &access, body).await;
        answer.assert_problem(422, "validation");
        assert_eq!(answer.wrong_fields(), ["password"]);
    }
    assert!(app.mails_to("evil@example.org").await.is_empty());
}

/// Who has no password has logged in with a link, and does so again.
#[tokio::test]
async fn without_a_password_a_young_login_is_what_counts() {
    let app = TestApp::start_with(&[("HANDSTAMP_ACCESS_TTL", "1h")]).await;
    let mut browser = app.browser();
    browser.ask_link(ADA).await;
    let access = browser.redeem(&app.link_to(ADA).await).await.access_token();
    let change = async || put(&app, "email", &access, json!({"email": "new@example.org"})).await;
    assert_eq!(change().await.status, StatusCode::ACCEPTED);
    app.advance_seconds(16 * 60);
    change().await.assert_problem(403, "confirmation_required");
    let answer = confirm(&app, &access, "no such thing").await;
    assert!(answer.text().contains("has no password"), "{}", answer.text());
}

#[tokio::test]
async fn logging_out_wants_nothing_whatever_the_age_of_the_login() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    browser.sign_up("ada").await;
    app.advance_seconds(60 * 60);
    let access = browser.refresh().await.access_token();
    let sessions = app.get("/api/sessions", &access).await.json();
    let own = sessions["sessions"][0]["id"].as_str().unwrap();
    let answer = app.call("DELETE", &format!("/api/sessions/{own}"), Some(&access), None).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn another_address_counts_once_its_link_is_opened_and_the_former_one_hears_of_it() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let access = browser.sign_up("ada").await.access_token();
    let answer =
        put(&app, "email", &access, json!({"email": "Ada@new.example.org", "password": PASSWORD}))
            .await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    assert_eq!(app.events(&access).await[0], "email_change_asked");
    let before = app.get("/api/account", &access).await.json();
    assert_eq!((&before["email"], &before["email_confirmed"]), (&json!(ADA), &json!(false)));
    let token = app.link_to("Ada@new.example.org").await;
    let confirm = async || {
        app.browser()
            .post("/auth/confirm_email", Some(json!({"token": token, "password": PASSWORD})))
            .await
    };
    assert_eq!(confirm().await.status, StatusCode::OK);
    confirm().await.assert_problem(410, "link_used");
    let after = app.get("/api/account", &access).await.json();
    assert_eq!(after["email"], "Ada@new.example.org");
    assert_eq!(after["email_confirmed"], json!(true));
    assert!(app.mail_to(ADA).await["text"].as_str().unwrap().contains("address was changed"));
    assert_eq!(app.browser().log_in("ada@new.example.org", PASSWORD).await.status, StatusCode::OK);
    assert_eq!(browser.refresh().await.json()["user"]["email"], "Ada@new.example.org");
}

#[tokio::test]
async fn an_address_that_somebody_else_has_is_told_only_to_who_reads_its_mail() {
    let app = TestApp::start().await;
    app.browser().sign_up("grace").await;
    let access = app.browser().sign_up("ada").await.access_token();
    let answer =
        put(&app, "email", &access, json!({"email": "grace@example.org", "password": PASSWORD}))
            .await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    let body = json!({"token": app.link_to("grace@example.org").await, "password": PASSWORD});
    let answer = app.browser().post("/auth/confirm_email", Some(body)).await;
    answer.assert_problem(422, "validation");
    assert_eq!(app.get("/api/account", &access).await.json()["email"], ADA);
}

#[tokio::test]
async fn the_link_that_confirms_is_sent_again_and_not_once_it_is_confirmed() {
    let app = TestApp::start().await;
    let access = app.browser().sign_up("ada").await.access_token();
    let again = async || {
        let path = "/api/account/email/confirmation";
        assert_eq!(app.call("POST", path, Some(&access), None).await.status, StatusCode::ACCEPTED);
        app.mails_to(ADA).await.len()
    };
    assert_eq!(again().await, 2);
    let body = json!({"token": app.link_to(ADA).await, "password": PASSWORD});
    app.browser().post("/auth/confirm_email", Some(body)).await;
    assert_eq!(again().await, 2);
    assert_eq!(app.events(&access).await[0], "email_confirmed");
}

#[tokio::test]
async fn another_name_is_known_at_once_and_the_former_one_is_free() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let access = browser.sign_up("ada").await.access_token();
    app.browser().sign_up("grace").await;
    for (name, reason) in [("a", "3 to 32"), ("ada lovelace", "made of"), ("GRACE", "taken")] {
        let answer = put(&app, "username", &access, json!({"username": name})).await;
        answer.assert_problem(422, "validation");
        assert!(answer.text().contains(reason), "{}", answer.text());
    }
    let answer = put(&app, "username", &access, json!({"username": " Augusta "})).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.text());
    assert_eq!(browser.refresh().await.json()["user"]["username"], "Augusta");
    assert_eq!(app.browser().log_in("augusta", PASSWORD).await.status, StatusCode::OK);
    app.browser().log_in("ada", PASSWORD).await.assert_problem(401, "invalid_credentials");
    assert!(app.events(&access).await.contains(&"username_changed".to_owned()));
    let body = json!({"username": "ada", "email": "other@example.org", "password": PASSWORD});
    assert_eq!(app.browser().post("/auth/sign_up", Some(body)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_deleted_account_leaves_nothing_and_its_name_is_free() {
    let app = TestApp::start().await;
    let (mut browser, mut other) = (app.browser(), app.browser());
    let access = browser.sign_up("ada").await.access_token();
    app.confirm(ADA).await;
    let elsewhere = other.log_in("ada", PASSWORD).await.access_token();
    app.call("POST", "/api/posts", Some(&access), Some(json!({"body": "hello"}))).await;
    let gone = app.call("DELETE", "/api/account", Some(&access), None).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.text());
    for token in [&access, &elsewhere] {
        app.get("/api/profile", token).await.assert_problem(401, "session_revoked");
    }
    assert_eq!(other.refresh().await.json()["reason"], "account_deleted");
    app.browser().log_in("ada", PASSWORD).await.assert_problem(401, "invalid_credentials");
    assert!(app.mail_to(ADA).await["text"].as_str().unwrap().contains("account was deleted"));
    let grace = app.browser().sign_up("ada").await.access_token();
    let posts = app.get("/api/posts", &grace).await.json();
    assert_eq!(posts["posts"], json!([]));
}

#[tokio::test]
async fn a_guest_has_no_settings_and_can_go_at_any_time() {
    let app = TestApp::start().await;
    let access = app.browser().post("/auth/try_it", None).await.access_token();
    for (path, body) in [
        ("password", json!({"password": NEW})),
        ("email", json!({"email": ADA})),
        ("username", json!({"username": "augusta"})),
        ("second_factor", json!({"code": "123456"})),
    ] {
        put(&app, path, &access, body).await.assert_problem(403, "guest_account");
    }
    let app = TestApp::start_with(&[("HANDSTAMP_ACCESS_TTL", "1h")]).await;
    let access = app.browser().post("/auth/try_it", None).await.access_token();
    app.advance_seconds(30 * 60);
    let gone = app.call("DELETE", "/api/account", Some(&access), None).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
}

/// Whoever signs up with somebody else's address can't make us write to it without end.
#[tokio::test]
async fn an_address_that_nobody_confirmed_hears_nothing_of_what_its_account_does() {
    let app = TestApp::start().await;
    let access = app.browser().sign_up("ada").await.access_token();
    let (mut now, mut next) = (PASSWORD, NEW);
    for _ in 0..4 {
        let body = json!({"current": now, "password": next});
        assert_eq!(put(&app, "password", &access, body).await.status, StatusCode::NO_CONTENT);
        std::mem::swap(&mut now, &mut next);
    }
    assert_eq!(app.mails_to(ADA).await.len(), 1, "the letter that asks to confirm");
}

#[tokio::test]
async fn common_and_personal_passwords_are_refused_with_a_reason() {
    let app = TestApp::start().await;
    for weak in ["password1", "iloveyou", "augusta-1815"] {
        let body =
            json!({"username": "augusta", "email": "augusta-1815@example.org", "password": weak});
        let answer = app.browser().post("/auth/sign_up", Some(body)).await;
        answer.assert_problem(422, "validation");
        assert_eq!(answer.wrong_fields(), ["password"]);
        assert!(answer.text().contains("easy to guess"), "{}", answer.text());
        let body = json!({"password": weak, "own": ["augusta", "augusta-1815@example.org"]});
        let strength = app.browser().post("/auth/password_strength", Some(body)).await;
        assert!(strength.json()["score"].as_u64().unwrap() < 2 && !strength.text().contains(weak));
    }
    let strong = json!({"password": "correct horse battery", "own": []});
    let strength = app.browser().post("/auth/password_strength", Some(strong)).await.json();
    assert_eq!(strength, json!({"score": 4, "advice": ""}));
}
