//! Two-step login (RFC 6238): enrolment, disabling it, and how the secret is stored. Other tests share [`Ada`].

use crate::helpers::{Answer, Browser, PASSWORD, TestApp};
use axum::http::StatusCode;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

pub(crate) const ADA: &str = "ada@example.org";
pub(crate) const PATH: &str = "/api/account/second_factor";

/// Two server secrets. Tests start with the first one.
pub(crate) const FIRST_SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
pub(crate) const SECOND_SECRET: &str = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

/// A user with two-step login: the access token, the key in the authenticator app, the recovery codes.
pub(crate) struct Ada {
    pub(crate) access: String,
    pub(crate) key: String,
    pub(crate) recovery: Vec<String>,
}

impl Ada {
    pub(crate) async fn new(app: &TestApp) -> Self {
        let access = sign_up_and_confirm(app).await;
        Self::enrol(app, access).await
    }

    /// Enables two-step login for the account of this access token.
    pub(crate) async fn enrol(app: &TestApp, access: String) -> Self {
        let key = prepare(app, &access).await.json()["key"].as_str().unwrap().to_owned();
        let mut ada = Self { access, key, recovery: Vec::new() };
        let code = ada.code(app, 0);
        let answer = enable(app, &ada.access, &format!("{} {}", &code[..3], &code[3..])).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        ada.recovery = codes_of(&answer);
        app.advance_seconds(30);
        ada
    }

    /// The code of an authenticator app whose clock is off by this many steps of 30 s.
    pub(crate) fn code(&self, app: &TestApp, steps: i64) -> String {
        code(app, &self.key, steps)
    }

    async fn disable(&self, app: &TestApp) {
        let proof = proof(&self.code(app, 0));
        let answer = app.call("DELETE", PATH, Some(&self.access), proof).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.text());
    }
}

async fn sign_up_and_confirm(app: &TestApp) -> String {
    let access = app.browser().sign_up("ada").await.access_token();
    app.confirm_email(ADA).await;
    access
}

async fn enable(app: &TestApp, access: &str, code: &str) -> Answer {
    app.call("PUT", PATH, Some(access), proof(code)).await
}

/// The current code of a prepared secret.
fn code_of(app: &TestApp, prepared: &Answer) -> String {
    code(app, prepared.json()["key"].as_str().unwrap(), 0)
}

pub(crate) fn code(app: &TestApp, key: &str, steps: i64) -> String {
    let secret = Secret::try_from_base32(key).unwrap();
    let totp = Builder::new().with_secret(secret).build().unwrap();
    let at = app.state.clock.now().seconds() + 30 * steps;
    totp.generate(u64::try_from(at).unwrap()).to_string()
}

pub(crate) fn codes_of(answer: &Answer) -> Vec<String> {
    let codes = answer.json()["recovery_codes"].as_array().unwrap().clone();
    codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect()
}

pub(crate) async fn prepare(app: &TestApp, access: &str) -> Answer {
    app.call("POST", PATH, Some(access), Some(json!({"password": PASSWORD}))).await
}

/// A body with the password and a code.
pub(crate) fn proof(code: &str) -> Option<Value> {
    Some(json!({"password": PASSWORD, "code": code}))
}

pub(crate) async fn log_in(browser: &mut Browser<'_>, code: Option<&str>) -> Answer {
    let body = json!({"username": "ada", "password": PASSWORD, "code": code});
    browser.post("/auth/log_in", Some(body)).await
}

#[tokio::test]
async fn enrolment_requires_a_confirmed_address() {
    let app = TestApp::start().await;
    let access = app.browser().sign_up("ada").await.access_token();
    let refused = prepare(&app, &access).await;
    refused.assert_problem(422, "validation");
    assert!(refused.text().contains("Confirm your email"), "{}", refused.text());
}

#[tokio::test]
async fn totp_is_not_required_until_enrolment_is_verified() {
    let app = TestApp::start().await;
    let access = sign_up_and_confirm(&app).await;
    let prepared = prepare(&app, &access).await;
    assert_eq!(log_in(&mut app.browser(), None).await.status, StatusCode::OK);
    enable(&app, &access, "12345").await.assert_problem(422, "validation");
    assert_eq!(log_in(&mut app.browser(), None).await.status, StatusCode::OK);
    let enabled = enable(&app, &access, &code_of(&app, &prepared)).await;
    assert_eq!(enabled.status, StatusCode::OK, "{}", enabled.text());
    log_in(&mut app.browser(), None).await.assert_problem(401, "second_factor_required");
}

#[tokio::test]
async fn preparing_again_replaces_the_secret() {
    let app = TestApp::start().await;
    let access = sign_up_and_confirm(&app).await;
    let (first, second) = (prepare(&app, &access).await, prepare(&app, &access).await);
    assert_ne!(first.json()["key"], second.json()["key"]);
    enable(&app, &access, &code_of(&app, &first)).await.assert_problem(422, "validation");
    assert_eq!(enable(&app, &access, &code_of(&app, &second)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_enabled_second_factor_cannot_be_prepared_or_enabled_again() {
    let app = TestApp::start().await;
    let access = sign_up_and_confirm(&app).await;
    let prepared = prepare(&app, &access).await;
    assert_eq!(enable(&app, &access, &code_of(&app, &prepared)).await.status, StatusCode::OK);
    enable(&app, &access, &code_of(&app, &prepared)).await.assert_problem(422, "validation");
    prepare(&app, &access).await.assert_problem(422, "validation");
}

#[tokio::test]
async fn enrolment_returns_an_otpauth_address_and_a_qr_code() {
    let app = TestApp::start().await;
    let access = sign_up_and_confirm(&app).await;
    let prepared = prepare(&app, &access).await;
    assert_eq!(prepared.header("cache-control"), Some("no-store"));
    let prepared = prepared.json();
    let address = prepared["address"].as_str().unwrap();
    assert!(
        address.starts_with("otpauth://totp/")
            && address.contains(prepared["key"].as_str().unwrap())
    );
    let (width, path) =
        (prepared["qr"]["width"].as_u64().unwrap(), prepared["qr"]["path"].as_str().unwrap());
    assert!(width >= 33 && path.starts_with("M0 0h1v1h-1z"), "{width} {path}");
}

#[tokio::test]
async fn disabling_2fa_restores_password_only_login() {
    let app = TestApp::start().await;
    let ada = Ada::new(&app).await;
    ada.disable(&app).await;
    assert_eq!(log_in(&mut app.browser(), None).await.status, StatusCode::OK);
    assert!(app.events(&ada.access).await.contains(&"second_factor_off".to_owned()));
}

#[tokio::test]
async fn recovery_codes_cannot_be_renewed_after_disabling_2fa() {
    let app = TestApp::start().await;
    let ada = Ada::new(&app).await;
    ada.disable(&app).await;
    let path = "/api/account/recovery_codes";
    let renewed = app.call("POST", path, Some(&ada.access), proof("123456")).await;
    renewed.assert_problem(422, "validation");
}

#[tokio::test]
async fn the_totp_secret_is_stored_encrypted() {
    let app = TestApp::start().await;
    let ada = Ada::new(&app).await;
    let secret = Secret::try_from_base32(&ada.key).unwrap();
    let sql = "SELECT totp_secret FROM users".to_owned();
    let statement = Statement::from_string(app.state.db.reader.get_database_backend(), sql);
    let row = app.state.db.reader.query_one_raw(statement).await.unwrap().unwrap();
    let stored: Vec<u8> = row.try_get("", "totp_secret").unwrap();
    assert!(!stored.windows(20).any(|part| part == secret.as_bytes()));
}

/// A user who logs in while both server secrets are set keeps the second factor when the former one is removed.
#[tokio::test]
async fn totp_secrets_are_re_encrypted_after_key_rotation() {
    let mut app = TestApp::start().await;
    let ada = Ada::new(&app).await;
    for secrets in [format!("{SECOND_SECRET},{FIRST_SECRET}"), SECOND_SECRET.to_owned()] {
        app.restart_with_secrets(&secrets).await;
        app.advance_seconds(30);
        let code = ada.code(&app, 0);
        let answer = log_in(&mut app.browser(), Some(&code)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    }
}
