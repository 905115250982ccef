//! Two-step login (RFC 6238), at both doors and with links.

use crate::helpers::{Answer, Browser, PASSWORD, TestApp};
use axum::http::StatusCode;
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

pub(crate) const ADA: &str = "ada@example.org";
pub(crate) const PATH: &str = "/api/account/second_factor";

/// Somebody with two-step login: an access token, the app on their phone, the recovery codes.
pub(crate) struct Ada {
    pub(crate) access: String,
    pub(crate) key: String,
    pub(crate) recovery: Vec<String>,
}

impl Ada {
    pub(crate) async fn new(app: &TestApp) -> Self {
        let access = app.browser().sign_up("ada").await.access_token();
        let token = app.link_to(ADA).await;
        app.browser()
            .post("/auth/confirm_email", Some(json!({"token": token, "password": PASSWORD})))
            .await;
        Self::enrol(app, access).await
    }

    /// Switches two-step login on for the account of this access token.
    pub(crate) async fn enrol(app: &TestApp, access: String) -> Self {
        let key = prepare(app, &access).await.json()["key"].as_str().unwrap().to_owned();
        let mut ada = Self { access, key, recovery: Vec::new() };
        let code = ada.code(app, 0);
        let answer = ada.enable(app, &format!("{} {}", &code[..3], &code[3..])).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        ada.recovery = codes_of(&answer);
        app.advance_seconds(30);
        ada
    }

    /// What the app shows, whose clock is off by so many steps of 30 s.
    pub(crate) fn code(&self, app: &TestApp, steps: i64) -> String {
        code(app, &self.key, steps)
    }

    async fn enable(&self, app: &TestApp, code: &str) -> Answer {
        app.call("PUT", PATH, Some(&self.access), Some(json!({"code": code, "password": PASSWORD})))
            .await
    }
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

/// The password, and a code.
pub(crate) fn proof(code: &str) -> Option<Value> {
    Some(json!({"password": PASSWORD, "code": code}))
}

pub(crate) async fn log_in(browser: &mut Browser<'_>, code: Option<&str>) -> Answer {
    let body = json!({"username": "ada", "password": PASSWORD, "code": code});
    browser.post("/auth/log_in", Some(body)).await
}

#[tokio::test]
async fn a_password_login_requires_a_code() {
    let app = TestApp::start().await;
    let ada = Ada::new(&app).await;
    let mut browser = app.browser();
    let asked = log_in(&mut browser, None).await;
    asked.assert_problem(401, "second_factor_required");
    assert!(asked.set_cookies().is_empty());
    browser.log_in("ada", "wrong password").await.assert_problem(401, "invalid_credentials");
    log_in(&mut browser, Some("000000")).await.assert_problem(401, "second_factor_invalid");
    assert_eq!(log_in(&mut browser, Some(&ada.code(&app, 0))).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_missing_totp_code_is_not_counted_as_a_failure() {
    let app = TestApp::start_with(&[("HANDSTAMP_RATE_LIMITS", "on")]).await;
    let ada = Ada::new(&app).await;
    for _ in 0..50 {
        log_in(&mut app.browser(), None).await.assert_problem(401, "second_factor_required");
    }
    let typed = ada.code(&app, 0);
    let typed = format!("{} {}", &typed[..3], &typed[3..]);
    assert_eq!(log_in(&mut app.browser(), Some(&typed)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_json_api_login_requires_a_code() {
    let app = TestApp::start().await;
    let ada = Ada::new(&app).await;
    app.native_login("ada").await.assert_problem(401, "second_factor_required");
    let body = json!({"username": "ada", "password": PASSWORD, "code": ada.code(&app, 0)});
    let answer = app.call("POST", "/api/login", None, Some(body)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
}

#[tokio::test]
async fn a_magic_link_requires_a_code_and_is_not_consumed_without_one() {
    let app = TestApp::start().await;
    let ada = Ada::new(&app).await;
    let mut browser = app.browser();
    browser.ask_link(ADA).await;
    let token = app.link_to(ADA).await;
    browser.redeem(&token).await.assert_problem(401, "second_factor_required");
    let with = |code: String| Some(json!({"token": token, "code": code}));
    let wrong = browser.post("/auth/redeem_magic_link", with("123".to_owned())).await;
    wrong.assert_problem(401, "second_factor_invalid");
    let right = browser.post("/auth/redeem_magic_link", with(ada.code(&app, 0))).await;
    assert_eq!(right.status, StatusCode::OK, "{}", right.text());
}

/// RFC 6238 §5.2: a clock may be a step off, and a code works once.
#[tokio::test]
async fn a_clock_may_be_thirty_seconds_off_and_a_code_works_once() {
    let app = TestApp::start().await;
    let ada = Ada::new(&app).await;
    app.advance_seconds(300);
    let mut browser = app.browser();
    for steps in [-3, -2, 2, 3] {
        let code = ada.code(&app, steps);
        log_in(&mut browser, Some(&code)).await.assert_problem(401, "second_factor_invalid");
    }
    for steps in [-1, 0, 1] {
        let code = ada.code(&app, steps);
        assert_eq!(log_in(&mut browser, Some(&code)).await.status, StatusCode::OK, "{steps}");
        log_in(&mut browser, Some(&code)).await.assert_problem(401, "second_factor_invalid");
    }
    // An older code than the last one is spent with it.
    let earlier = ada.code(&app, 0);
    log_in(&mut browser, Some(&earlier)).await.assert_problem(401, "second_factor_invalid");
}

#[tokio::test]
async fn concurrent_logins_with_one_code_succeed_once() {
    let app = TestApp::start().await;
    let ada = Ada::new(&app).await;
    for code in [ada.code(&app, 0), ada.recovery[0].clone()] {
        let (mut one, mut two) = (app.browser(), app.browser());
        let (a, b) = tokio::join!(log_in(&mut one, Some(&code)), log_in(&mut two, Some(&code)));
        let statuses = [a.status.as_u16(), b.status.as_u16()];
        assert!(statuses.contains(&200) && statuses.contains(&401), "{statuses:?}");
    }
}

#[tokio::test]
async fn a_recovery_code_works_once_however_it_is_typed_and_the_person_hears_of_it() {
    let app = TestApp::start().await;
    let ada = Ada::new(&app).await;
    assert_eq!(ada.recovery.len(), 10);
    let mut browser = app.browser();
    let typed = ada.recovery[3].to_uppercase().replace('-', " ");
    let answer = log_in(&mut browser, Some(&typed)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let again = log_in(&mut app.browser(), Some(&ada.recovery[3])).await;
    again.assert_problem(401, "second_factor_invalid");
    let account = app.get("/api/account", &answer.access_token()).await.json();
    assert_eq!(account["recovery_codes_left"], 9);
    assert!(app.mail_to(ADA).await["text"].as_str().unwrap().contains("recovery code was used"));
}

#[tokio::test]
async fn renewed_recovery_codes_replace_the_former_ones() {
    let app = TestApp::start().await;
    let ada = Ada::new(&app).await;
    let path = "/api/account/recovery_codes";
    let made = app.call("POST", path, Some(&ada.access), proof(&ada.code(&app, 0))).await;
    let codes = codes_of(&made);
    let former = log_in(&mut app.browser(), Some(&ada.recovery[0])).await;
    former.assert_problem(401, "second_factor_invalid");
    assert_eq!(log_in(&mut app.browser(), Some(&codes[0])).await.status, StatusCode::OK);
}

#[tokio::test]
async fn totp_is_not_required_until_enrolment_is_verified() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let access = browser.sign_up("ada").await.access_token();
    let refused = prepare(&app, &access).await;
    refused.assert_problem(422, "validation");
    assert!(
        refused.text().contains("Confirm your e-mail"),
        "a stranger's address: {}",
        refused.text()
    );
    let token = app.link_to(ADA).await;
    browser.post("/auth/confirm_email", Some(json!({"token": token, "password": PASSWORD}))).await;

    let first = prepare(&app, &access).await.json();
    let prepared = prepare(&app, &access).await.json();
    assert_ne!(first["key"], prepared["key"], "asked again, there is a new one");
    assert_eq!(log_in(&mut app.browser(), None).await.status, StatusCode::OK);
    let send = async |code: String| app.call("PUT", PATH, Some(&access), proof(&code)).await;
    let of = |prepared: &Value| code(&app, prepared["key"].as_str().unwrap(), 0);
    send(of(&first)).await.assert_problem(422, "validation");
    send("12345".to_owned()).await.assert_problem(422, "validation");
    assert_eq!(send(of(&prepared)).await.status, StatusCode::OK);
    send(of(&prepared)).await.assert_problem(422, "validation");
    prepare(&app, &access).await.assert_problem(422, "validation");
    log_in(&mut app.browser(), None).await.assert_problem(401, "second_factor_required");
}

#[tokio::test]
async fn enrolment_returns_an_otpauth_address_and_a_qr_code() {
    let app = TestApp::start().await;
    let access = app.browser().sign_up("ada").await.access_token();
    let token = app.link_to(ADA).await;
    app.browser()
        .post("/auth/confirm_email", Some(json!({"token": token, "password": PASSWORD})))
        .await;
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
    let off = app.call("DELETE", PATH, Some(&ada.access), proof(&ada.code(&app, 0))).await;
    assert_eq!(off.status, StatusCode::NO_CONTENT, "{}", off.text());
    assert_eq!(log_in(&mut app.browser(), None).await.status, StatusCode::OK);
    assert!(app.events(&ada.access).await.contains(&"second_factor_off".to_owned()));
    let path = "/api/account/recovery_codes";
    let renewed = app.call("POST", path, Some(&ada.access), proof("123456")).await;
    renewed.assert_problem(422, "validation");
}

#[tokio::test]
async fn wrong_totp_codes_are_rate_limited() {
    let app = TestApp::start_with(&[("HANDSTAMP_RATE_LIMITS", "on")]).await;
    let ada = Ada::new(&app).await;
    let mut tried = 0;
    let refused = loop {
        let answer = log_in(&mut app.browser(), Some("000000")).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            break answer;
        }
        tried += 1;
        assert!(tried < 10, "nobody stops the guessing");
    };
    assert_eq!(refused.header("retry-after"), Some("2"));
    app.advance_seconds(2);
    assert_eq!(log_in(&mut app.browser(), Some(&ada.code(&app, 0))).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_totp_secret_is_stored_encrypted() {
    use sea_orm::{ConnectionTrait, Statement};
    let app = TestApp::start().await;
    let ada = Ada::new(&app).await;
    let secret = Secret::try_from_base32(&ada.key).unwrap();
    let sql = "SELECT totp_secret FROM users".to_owned();
    let statement = Statement::from_string(app.state.db.get_database_backend(), sql);
    let row = app.state.db.query_one_raw(statement).await.unwrap().unwrap();
    let sealed: Vec<u8> = row.try_get("", "totp_secret").unwrap();
    assert!(!sealed.windows(20).any(|part| part == secret.as_bytes()));
}

const FIRST: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const SECOND: &str = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

/// A new server secret in front of the old one: whoever logs in meanwhile keeps the second factor when the
/// old one goes.
#[tokio::test]
async fn totp_secrets_are_re_encrypted_after_key_rotation() {
    let mut app = TestApp::start().await;
    let ada = Ada::new(&app).await;
    for secrets in [format!("{SECOND},{FIRST}"), SECOND.to_owned()] {
        app.restart_with_secrets(&secrets).await;
        app.advance_seconds(30);
        let code = ada.code(&app, 0);
        let answer = log_in(&mut app.browser(), Some(&code)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    }
}

/// Whoever did not come while the old server secret was there has an app whose codes nobody can check any more.
#[tokio::test]
async fn a_recovery_code_works_after_the_server_secret_is_gone() {
    let mut app = TestApp::start().await;
    let ada = Ada::new(&app).await;
    for secrets in [format!("{SECOND},{FIRST}"), SECOND.to_owned()] {
        app.restart_with_secrets(&secrets).await;
    }
    let refused = log_in(&mut app.browser(), Some(&ada.code(&app, 1))).await;
    refused.assert_problem(401, "second_factor_invalid");
    let mut browser = app.browser();
    let access = log_in(&mut browser, Some(&ada.recovery[0])).await.access_token();
    let off = app.call("DELETE", PATH, Some(&access), proof(&ada.recovery[1])).await;
    assert_eq!(off.status, StatusCode::NO_CONTENT, "{}", off.text());
    let prepared = prepare(&app, &access).await.json();
    let code = code(&app, prepared["key"].as_str().unwrap(), 0);
    let on = app.call("PUT", PATH, Some(&access), proof(&code)).await;
    assert_eq!(on.status, StatusCode::OK, "{}", on.text());
}

/// A link that is tried without its code again and again frees no mail for others.
#[tokio::test]
async fn a_link_without_its_code_does_not_reset_the_mail_limit() {
    let app = TestApp::start_with(&[("HANDSTAMP_RATE_LIMITS", "on")]).await;
    Ada::new(&app).await;
    let mut browser = app.browser();
    browser.ask_link(ADA).await;
    let token = app.link_to(ADA).await;
    let mut sent = 0;
    loop {
        browser.redeem(&token).await.assert_problem(401, "second_factor_required");
        let answer = app.browser().ask_link(&format!("somebody{sent}@example.org")).await;
        if answer.status != StatusCode::OK {
            answer.assert_problem(429, "rate_limited");
            break;
        }
        sent += 1;
        assert!(sent < 100, "nobody stops the mail");
    }
}
