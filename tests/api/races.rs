//! Changes to an account between reading it and starting a session for it.

use crate::helpers::{PASSWORD, TestApp};
use axum::http::StatusCode;
use handstamp_protocol::error::ErrorCode;
use handstamp_server::{
    db::user,
    identity::{Email, Username},
};
use sea_orm::TransactionTrait;
use serde_json::json;

const ADA: &str = "ada@example.org";
const NEW: &str = "a new and good phrase";

/// In every interleaving of logins and a reset, sessions from the old password end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_login_with_the_old_password_outlives_a_reset() {
    let app = TestApp::start().await;
    app.browser().sign_up("ada").await;
    app.browser()
        .post("/auth/send_password_reset", Some(json!({"email": "ada@example.org"})))
        .await;
    let token = app.link_to("ada@example.org").await;
    let mut attackers: Vec<_> = (0..12).map(|_| app.browser()).collect();
    let logins = attackers.iter_mut().map(|attacker| attacker.log_in("ada", PASSWORD));
    let body = json!({"token": token, "password": "a new and good phrase"});
    let mut ada = app.browser();
    let reset = ada.post("/auth/reset_password", Some(body));
    let (logins, reset) = tokio::join!(futures::future::join_all(logins), reset);
    assert_eq!(reset.status, StatusCode::OK, "{}", reset.text());
    for login in logins {
        if login.status == StatusCode::OK {
            let after = app.get("/api/profile", &login.access_token()).await;
            after.assert_problem(401, "session_revoked");
        } else {
            login.assert_problem(401, "invalid_credentials");
        }
    }
}

#[tokio::test]
async fn lock_fails_if_the_account_changed_since_it_was_read() {
    let app = TestApp::start().await;
    app.browser().sign_up("ada").await;
    let read = user::find_by_name_or_email(&app.state.db.reader, "ada").await.unwrap().unwrap();
    let lock = async |row: &user::UserRow| {
        let transaction = app.state.db.writer.begin().await.unwrap();
        user::lock_if_unchanged(&transaction, row).await.unwrap()
    };
    assert!(lock(&read).await);
    for changed in [
        user::UserRow { password_hash: None, ..read.clone() },
        user::UserRow { email_key: "other@example.org".to_owned(), ..read.clone() },
        user::UserRow { totp_since: Some(app.state.clock.now()), ..read.clone() },
    ] {
        assert!(!lock(&changed).await);
    }
}

/// Two links to one new address, opened concurrently.
#[tokio::test]
async fn concurrent_links_to_one_address_create_one_account() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    browser.request_link("ada@example.org").await;
    let first = app.link_to("ada@example.org").await;
    browser.request_link("ada@example.org").await;
    let second = app.link_to("ada@example.org").await;
    assert_ne!(first, second);
    let (mut one, mut two) = (browser.clone(), browser.clone());
    let (a, b) = tokio::join!(one.log_in_with_link(&first), two.log_in_with_link(&second));
    let ids: Vec<_> = [&a, &b]
        .iter()
        .filter(|it| it.status == StatusCode::OK)
        .map(|it| it.json()["user"]["id"].clone())
        .collect();
    assert!(!ids.is_empty() && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    for (answer, browser, token) in [(a, &mut one, &first), (b, &mut two, &second)] {
        if answer.status != StatusCode::OK {
            answer.assert_problem(503, "unavailable");
            let again = browser.log_in_with_link(token).await;
            assert_eq!((again.status, &again.json()["user"]["id"]), (StatusCode::OK, &ids[0]));
        }
    }
}

/// A change that is in progress during the deletion does not restore the account.
#[tokio::test]
async fn changes_to_a_deleted_account_have_no_effect() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    browser.request_link(ADA).await;
    let access = browser.log_in_with_link(&app.link_to(ADA).await).await.access_token();
    let row = user::find_by_name_or_email(&app.state.db.reader, ADA).await.unwrap().unwrap();
    let (deleted, _) = tokio::join!(
        app.call("DELETE", "/api/account", Some(&access), None),
        app.call("PUT", "/api/account/password", Some(&access), Some(json!({"password": NEW})))
    );
    if deleted.status != StatusCode::NO_CONTENT {
        // The new password was written first.
        deleted.assert_problem(503, "unavailable");
        let again = app.call("DELETE", "/api/account", Some(&access), None).await;
        assert_eq!(again.status, StatusCode::NO_CONTENT, "{}", again.text());
    }
    let db = &app.state.db.writer;
    assert!(!user::change_password(db, row.id, None, Some("hash")).await.unwrap());
    let name = Username::parse("ada", None).unwrap();
    let email = Email { shown: ADA.to_owned(), key: ADA.to_owned() };
    let now = app.state.clock.now();
    let refused = [
        user::change_username(db, &row, &name).await.unwrap_err(),
        user::change_email(db, row.id, &email, now).await.unwrap_err(),
    ];
    assert!(refused.iter().all(|error| error.code == ErrorCode::SessionRevoked));
    assert!(!user::prepare_second_factor(db, row.id, vec![1]).await.unwrap());
    let left = user::find(&app.state.db.reader, row.id).await.unwrap().unwrap();
    assert!(left.guest && left.password_hash.is_none() && left.totp_secret.is_none());
    let login = app.browser().log_in(&left.username, NEW).await;
    login.assert_problem(401, "invalid_credentials");
}
