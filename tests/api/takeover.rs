//! An account gets an e-mail address only if the owner of the address confirms it for this account.

use crate::helpers::{Answer, Browser, PASSWORD, TestApp};
use axum::http::StatusCode;
use serde_json::{Value, json};

const ADA: &str = "ada@example.org";
const EVE: &str = "eve@example.org";

/// Logs in with a magic link, without a password.
async fn log_in_by_mail(app: &TestApp, browser: &mut Browser<'_>, email: &str) -> Answer {
    assert_eq!(browser.request_link(email).await.status, StatusCode::OK);
    let answer = browser.log_in_with_link(&app.link_to(email).await).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer
}

async fn request_address(app: &TestApp, access: &str, email: &str, password: Value) {
    let body = Some(json!({"email": email, "password": password}));
    let asked = app.call("PUT", "/api/account/email", Some(access), body).await;
    assert_eq!(asked.status, StatusCode::ACCEPTED, "{}", asked.text());
}

async fn confirm(browser: &mut Browser<'_>, token: &str) -> Answer {
    browser.post("/auth/confirm_email", Some(json!({"token": token}))).await
}

#[tokio::test]
async fn a_clicked_link_does_not_give_the_address_to_another_users_account() {
    let app = TestApp::start().await;
    let (mut eve, mut ada) = (app.browser(), app.browser());
    let logged_in = log_in_by_mail(&app, &mut eve, EVE).await;
    let eves_id = logged_in.json()["user"]["id"].clone();
    request_address(&app, &logged_in.access_token(), ADA, json!(null)).await;
    let token = app.link_to(ADA).await;
    let clicked = confirm(&mut ada, &token).await;
    clicked.assert_problem(403, "confirmation_required");
    assert!(clicked.text().contains("Log in to that account first"), "{}", clicked.text());
    assert!(clicked.wrong_fields().is_empty(), "the account has no password to ask for");

    let own = log_in_by_mail(&app, &mut ada, ADA).await.json()["user"].clone();
    assert_ne!(own["id"], eves_id);
    assert_eq!(own["email"], ADA);
    let after = eve.refresh().await;
    assert_eq!((after.status, &after.json()["user"]["email"]), (StatusCode::OK, &json!(EVE)));
    confirm(&mut eve, &token).await.assert_problem(422, "validation");
    confirm(&mut ada, &token).await.assert_problem(403, "confirmation_required");
}

#[tokio::test]
async fn a_logged_in_browser_confirms_the_address_and_other_sessions_end() {
    let app = TestApp::start().await;
    let (mut here, mut there, mut third) = (app.browser(), app.browser(), app.browser());
    let access = here.sign_up("ada").await.access_token();
    app.confirm_email(ADA).await;
    there.log_in("ada", PASSWORD).await;
    third.log_in("ada", PASSWORD).await;
    request_address(&app, &access, "new@example.org", json!(PASSWORD)).await;
    let token = app.link_to("new@example.org").await;
    let done = confirm(&mut there, &token).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());
    assert_eq!(third.refresh().await.json()["reason"], "ended_elsewhere");
    for browser in [&mut here, &mut there] {
        let answer = browser.refresh().await;
        assert_eq!(answer.status, StatusCode::OK, "the requesting and the confirming session stay");
        assert_eq!(answer.json()["user"]["email"], "new@example.org");
    }
}

#[tokio::test]
async fn sessions_of_other_accounts_and_ended_sessions_confirm_nothing() {
    let app = TestApp::start().await;
    let (mut here, mut over, mut other) = (app.browser(), app.browser(), app.browser());
    let access = here.sign_up("ada").await.access_token();
    over.log_in("ada", PASSWORD).await;
    other.sign_up("grace").await;
    request_address(&app, &access, "new@example.org", json!(PASSWORD)).await;
    let token = app.link_to("new@example.org").await;
    let ended = over.refresh_token().unwrap().to_owned();
    over.post("/auth/log_out", None).await;
    over.store_refresh_token(&ended);
    for browser in [&mut over, &mut other, &mut app.browser()] {
        let answer = confirm(browser, &token).await;
        answer.assert_problem(403, "confirmation_required");
        assert_eq!(answer.wrong_fields(), ["password"], "the page asks for it");
    }
    // A copy of a refresh token that was spent two rotations ago.
    let mut copy = here.clone();
    for _ in 0..2 {
        app.advance_seconds(60);
        assert_eq!(here.refresh().await.status, StatusCode::OK);
    }
    confirm(&mut copy, &token).await.assert_problem(403, "confirmation_required");
    assert_eq!(confirm(&mut here, &token).await.status, StatusCode::OK);
}

/// Another user signs up with an address, and then its owner logs in by mail.
#[tokio::test]
async fn the_owners_first_magic_link_login_removes_what_a_squatter_set() {
    let app = TestApp::start().await;
    let (mut squatter, mut ada) = (app.browser(), app.browser());
    let before = squatter.sign_up("ada").await;
    let id = before.json()["user"]["id"].clone();
    let evil = "evil@example.org";
    request_address(&app, &before.access_token(), evil, json!(PASSWORD)).await;
    let (to_evil, signed_up) = (app.link_to(evil).await, app.link_to(ADA).await);
    confirm(&mut ada, &signed_up).await.assert_problem(403, "confirmation_required");
    let owner = log_in_by_mail(&app, &mut ada, ADA).await;
    let user = owner.json()["user"].clone();
    assert_eq!((&user["id"], &user["email"]), (&id, &json!(ADA)));
    assert!(user["username"].as_str().unwrap().starts_with("member-"), "{user}");
    let account = app.get("/api/account", &owner.access_token()).await.json();
    assert_eq!(account["has_password"], json!(false));
    app.get("/api/profile", &before.access_token()).await.assert_problem(401, "session_revoked");
    squatter.refresh().await.assert_problem(401, "session_revoked");
    for name in ["ada", ADA] {
        app.browser().log_in(name, PASSWORD).await.assert_problem(401, "invalid_credentials");
    }
    confirm(&mut squatter, &to_evil).await.assert_problem(410, "link_used");
    assert_eq!(ada.refresh().await.status, StatusCode::OK);
}
