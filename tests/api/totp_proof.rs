//! The proof required to enable or disable two-step login (ASVS 7.5.1), and the undo link for a user whose account an
//! attacker has locked with it.

use crate::{
    helpers::{PASSWORD, TestApp},
    totp::{ADA, Ada, PATH, code, codes_of, log_in, prepare, proof},
};
use axum::http::StatusCode;
use handstamp_engine::refresh_token::TokenHash;
use handstamp_server::db::recovery_code;
use sea_orm::{ConnectionTrait, Statement, Value};
use serde_json::json;
use uuid::Uuid;

const CODES: &str = "/api/account/recovery_codes";

async fn count_codes(app: &TestApp) -> i64 {
    let sql = "SELECT COUNT(*) AS n FROM recovery_codes".to_owned();
    let statement = Statement::from_string(app.state.db.reader.get_database_backend(), sql);
    app.state.db.reader.query_one_raw(statement).await.unwrap().unwrap().try_get("", "n").unwrap()
}

#[tokio::test]
async fn enabling_2fa_requires_the_password() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let access = browser.sign_up("ada").await.access_token();
    app.confirm_email(ADA).await;
    for body in [None, Some(json!({})), Some(json!({"password": "wrong password"}))] {
        let answer = app.call("POST", PATH, Some(&access), body).await;
        answer.assert_problem(422, "validation");
        assert_eq!(answer.wrong_fields(), ["password"]);
    }
    let prepared = prepare(&app, &access).await.json();
    let code = code(&app, prepared["key"].as_str().unwrap(), 0);
    for password in [json!(null), json!("wrong password")] {
        let body = Some(json!({"code": code, "password": password}));
        let answer = app.call("PUT", PATH, Some(&access), body).await;
        answer.assert_problem(422, "validation");
        assert_eq!(answer.wrong_fields(), ["password"]);
    }
    assert_eq!(log_in(&mut app.browser(), None).await.status, StatusCode::OK);
}

#[tokio::test]
async fn without_a_password_2fa_changes_require_a_login_within_15_minutes() {
    let app = TestApp::start_with(&[("HANDSTAMP_ACCESS_TTL", "1h")]).await;
    let mut browser = app.browser();
    browser.request_link(ADA).await;
    let access = browser.log_in_with_link(&app.link_to(ADA).await).await.access_token();
    assert_eq!(app.call("POST", PATH, Some(&access), None).await.status, StatusCode::OK);
    app.advance_seconds(15 * 60);
    for (method, path, body) in [
        ("POST", PATH, None),
        ("PUT", PATH, Some(json!({"code": "123456"}))),
        ("DELETE", PATH, None),
        ("POST", CODES, None),
    ] {
        let answer = app.call(method, path, Some(&access), body).await;
        answer.assert_problem(403, "confirmation_required");
    }
}

#[tokio::test]
async fn disabling_2fa_and_renewing_codes_require_password_and_code() {
    let app = TestApp::start().await;
    let ada = Ada::new(&app).await;
    for (method, path) in [("DELETE", PATH), ("POST", CODES)] {
        let send = async |body| app.call(method, path, Some(&ada.access), body).await;
        assert_eq!(send(None).await.wrong_fields(), ["password"]);
        let code = ada.code(&app, 0);
        let wrong = send(Some(json!({"password": "wrong password", "code": code}))).await;
        assert_eq!(wrong.wrong_fields(), ["password"]);
        let without = send(Some(json!({"password": PASSWORD}))).await;
        without.assert_problem(401, "second_factor_required");
        send(proof("000000")).await.assert_problem(401, "second_factor_invalid");
    }
    assert_eq!(count_codes(&app).await, 10);
    log_in(&mut app.browser(), None).await.assert_problem(401, "second_factor_required");
}

/// After a login with the last recovery code, no code is left to disable two-step login with.
#[tokio::test]
async fn after_the_last_recovery_code_a_recent_login_can_disable_2fa() {
    let app = TestApp::start().await;
    let ada = Ada::new(&app).await;
    for used in &ada.recovery[..9] {
        assert_eq!(log_in(&mut app.browser(), Some(used)).await.status, StatusCode::OK);
    }
    let last = log_in(&mut app.browser(), Some(&ada.recovery[9])).await.access_token();
    let body = Some(json!({"password": PASSWORD}));
    let off = app.call("DELETE", PATH, Some(&last), body).await;
    assert_eq!(off.status, StatusCode::NO_CONTENT, "{}", off.text());
}

/// An attacker with an access token and the password enrols a second factor of their own.
#[tokio::test]
async fn the_2fa_notice_has_an_undo_link_for_three_days() {
    let app = TestApp::start().await;
    let attacker = Ada::new(&app).await;
    let mail = app.mail_to(ADA).await;
    assert!(mail["subject"].as_str().unwrap().starts_with("Two-step login was turned on ("));
    let text = mail["text"].as_str().unwrap();
    assert!(text.contains("Was this you?") && text.contains("near 192.0.2.x"), "{text}");
    let token = app.link_to(ADA).await;
    app.advance_seconds(72 * 60 * 60 - 60);
    log_in(&mut app.browser(), None).await.assert_problem(401, "second_factor_required");
    let mut session = app.browser();
    let code = attacker.code(&app, 0);
    let access = log_in(&mut session, Some(&code)).await.access_token();
    let undo =
        async || app.browser().post("/auth/end_second_factor", Some(json!({"token": token}))).await;
    let undone = undo().await;
    assert_eq!(undone.status, StatusCode::OK, "{}", undone.text());
    app.get("/api/profile", &access).await.assert_problem(401, "session_revoked");
    session.refresh().await.assert_problem(401, "session_revoked");
    assert_eq!(count_codes(&app).await, 0);
    assert_eq!(log_in(&mut app.browser(), None).await.status, StatusCode::OK);
    undo().await.assert_problem(410, "link_used");
}

#[tokio::test]
async fn the_undo_link_expires_after_three_days_and_with_its_second_factor() {
    let app = TestApp::start().await;
    let ada = Ada::new(&app).await;
    let first = app.link_to(ADA).await;
    let undo = async |token: &str| {
        app.browser().post("/auth/end_second_factor", Some(json!({"token": token}))).await
    };
    let off = app.call("DELETE", PATH, Some(&ada.access), proof(&ada.code(&app, 0))).await;
    assert_eq!(off.status, StatusCode::NO_CONTENT, "{}", off.text());
    undo(&first).await.assert_problem(410, "link_used");
    let prepared = prepare(&app, &ada.access).await.json();
    let again = proof(&code(&app, prepared["key"].as_str().unwrap(), 0));
    let on = app.call("PUT", PATH, Some(&ada.access), again).await;
    assert_eq!(on.status, StatusCode::OK, "{}", on.text());
    let second = app.link_to(ADA).await;
    for other in ["/auth/redeem_magic_link", "/auth/confirm_email"] {
        let answer = app.browser().post(other, Some(json!({"token": second}))).await;
        answer.assert_problem(400, "link_invalid");
    }
    app.advance_seconds(72 * 60 * 60);
    undo(&second).await.assert_problem(410, "link_expired");
}

/// ASVS 6.5.2: at least 112 bits under a plain hash. Older codes have 16 letters.
#[tokio::test]
async fn recovery_codes_have_120_bits_and_older_shorter_ones_still_work() {
    let app = TestApp::start().await;
    let ada = Ada::new(&app).await;
    for code in &ada.recovery {
        let groups: Vec<&str> = code.split('-').collect();
        assert!(groups.len() == 6 && groups.iter().all(|group| group.len() == 4), "{code}");
    }
    let profile = app.get("/api/profile", &ada.access).await.json();
    let id: Uuid = profile["id"].as_str().unwrap().parse().unwrap();
    let before = TokenHash::of(&format!("{id} abcdefghijklmnop"));
    recovery_code::replace(&app.state.db.writer, id, &[before]).await.unwrap();
    let answer = log_in(&mut app.browser(), Some("ABCD efgh-ijkl-mnop")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_renewals_leave_one_set_of_recovery_codes() {
    let app = TestApp::start().await;
    let ada = Ada::new(&app).await;
    let renew = |code: &str| app.call("POST", CODES, Some(&ada.access), proof(code));
    let (one, two) = tokio::join!(renew(&ada.recovery[0]), renew(&ada.recovery[1]));
    let made: Vec<_> = [one, two].into_iter().filter(|it| it.status == StatusCode::OK).collect();
    assert!(!made.is_empty());
    assert_eq!(count_codes(&app).await, 10);
    let mut works = 0;
    for answer in &made {
        let code = codes_of(answer)[0].clone();
        works +=
            usize::from(log_in(&mut app.browser(), Some(&code)).await.status == StatusCode::OK);
    }
    assert_eq!(works, 1, "only the last set is valid");
}

/// A second factor from before the address was confirmed may belong to another user.
#[tokio::test]
async fn the_first_magic_link_login_removes_an_earlier_second_factor() {
    let app = TestApp::start().await;
    app.browser().sign_up("ada").await;
    let row = handstamp_server::db::user::find_by_name_or_email(&app.state.db.reader, ADA)
        .await
        .unwrap()
        .unwrap();
    let sql = "UPDATE users SET totp_secret = $1, totp_since = $2 WHERE id = $3";
    let values: [Value; 3] = [vec![7_u8; 60].into(), 1_i64.into(), row.id.into()];
    let backend = app.state.db.reader.get_database_backend();
    app.state
        .db
        .writer
        .execute_raw(Statement::from_sql_and_values(backend, sql, values))
        .await
        .unwrap();
    let mut ada = app.browser();
    ada.request_link(ADA).await;
    let answer = ada.log_in_with_link(&app.link_to(ADA).await).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let account = app.get("/api/account", &answer.access_token()).await.json();
    assert_eq!(
        (&account["second_factor"], &account["has_password"]),
        (&json!(false), &json!(false))
    );
}
