//! Unicode forms of passwords, codes and posts: different keyboards and programs write the same text differently.

use crate::helpers::{Answer, PASSWORD, TestApp};
use argon2::{Algorithm, Argon2, Params, Version, password_hash::PasswordHasher};
use axum::http::StatusCode;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;
use totp_rs::{Builder, Secret};

const COMPOSED: &str = "na\u{ef}ve caf\u{e9} 1815";
const DECOMPOSED: &str = "nai\u{308}ve cafe\u{301} 1815";

async fn sign_up(app: &TestApp, name: &str, password: &str) -> Answer {
    let email = format!("{name}@example.org");
    let body = json!({"username": name, "email": email, "password": password});
    app.browser().post("/auth/sign_up", Some(body)).await
}

async fn assert_logs_in(app: &TestApp, password: &str) {
    let answer = app.browser().log_in("ada", password).await;
    assert_eq!(answer.status, StatusCode::OK, "{password:?}: {}", answer.text());
}

async fn stored_hash(app: &TestApp) -> String {
    let sql = "SELECT password_hash FROM users WHERE username_key = 'ada'".to_owned();
    let statement = Statement::from_string(app.state.db.reader.get_database_backend(), sql);
    let row = app.state.db.reader.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get("", "password_hash").unwrap()
}

async fn store_hash(app: &TestApp, hash: &str) {
    let sql = format!("UPDATE users SET password_hash = '{hash}' WHERE username_key = 'ada'");
    let statement = Statement::from_string(app.state.db.writer.get_database_backend(), sql);
    app.state.db.writer.execute_raw(statement).await.unwrap();
}

#[tokio::test]
async fn passwords_are_compared_in_unicode_normal_form() {
    for (first, then) in [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)] {
        let app = TestApp::start().await;
        assert_eq!(sign_up(&app, "ada", first).await.status, StatusCode::OK);
        for typed in [first, then, &then.replace(' ', "\u{a0}")] {
            assert_logs_in(&app, typed).await;
        }
        let wrong = app.browser().log_in("ada", &then.to_uppercase()).await;
        wrong.assert_problem(401, "invalid_credentials");
    }
}

#[tokio::test]
async fn a_hash_of_the_unnormalized_password_is_replaced_at_the_next_login() {
    let app = TestApp::start().await;
    sign_up(&app, "ada", PASSWORD).await;
    let former = Argon2::default().hash_password(DECOMPOSED.as_bytes()).unwrap().to_string();
    store_hash(&app, &former).await;
    app.browser().log_in("ada", COMPOSED).await.assert_problem(401, "invalid_credentials");
    assert_eq!(stored_hash(&app).await, former, "a wrong password changes nothing");
    assert_logs_in(&app, DECOMPOSED).await;
    let replaced = stored_hash(&app).await;
    assert_ne!(replaced, former);
    assert_logs_in(&app, COMPOSED).await;
    assert_logs_in(&app, DECOMPOSED).await;
    assert_eq!(stored_hash(&app).await, replaced, "the hash is replaced once");
}

#[tokio::test]
async fn concurrent_logins_with_an_outdated_hash_both_succeed() {
    let app = TestApp::start().await;
    sign_up(&app, "ada", PASSWORD).await;
    let former = Argon2::default().hash_password(DECOMPOSED.as_bytes()).unwrap().to_string();
    store_hash(&app, &former).await;
    tokio::join!(assert_logs_in(&app, DECOMPOSED), assert_logs_in(&app, DECOMPOSED));
    assert_logs_in(&app, COMPOSED).await;
}

/// ASVS 11.2.2.
#[tokio::test]
async fn a_hash_with_other_parameters_is_replaced_at_the_next_login() {
    let app = TestApp::start().await;
    sign_up(&app, "ada", PASSWORD).await;
    let params = Params::new(64, 3, 1, None).unwrap();
    let cheap = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    store_hash(&app, &cheap.hash_password(PASSWORD.as_bytes()).unwrap().to_string()).await;
    app.browser().log_in("ada", "wrong password").await.assert_problem(401, "invalid_credentials");
    assert!(stored_hash(&app).await.contains("m=64,"));
    assert_logs_in(&app, PASSWORD).await;
    let replaced = stored_hash(&app).await;
    assert!(replaced.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{replaced}");
    assert_logs_in(&app, PASSWORD).await;
}

#[tokio::test]
async fn passwords_made_of_the_service_name_are_rejected() {
    let url = [("HANDSTAMP_PUBLIC_URL", "https://tickets.kinopalast.example")];
    let app = TestApp::start_with(&url).await;
    for weak in ["handstamp1", "Handstamp2026!", "kinopalast", "Kinopalast2026"] {
        let answer = sign_up(&app, "ada", weak).await;
        answer.assert_problem(422, "validation");
        assert_eq!(answer.wrong_fields(), ["password"], "{weak}");
        let typed = Some(json!({"password": weak, "own": []}));
        let measured = app.browser().post("/auth/password_strength", typed).await.json();
        assert!(measured["score"].as_u64().unwrap() < 2, "{weak}: {measured}");
    }
    let access = sign_up(&app, "ada", PASSWORD).await.access_token();
    let body = json!({"current": PASSWORD, "password": "Handstamp2026!"});
    let answer = app.call("PUT", "/api/account/password", Some(&access), Some(body)).await;
    assert_eq!(answer.wrong_fields(), ["password"], "{}", answer.text());
}

/// Writes a code in another spelling.
type Spelling = Box<dyn Fn(&str) -> String>;

/// Writes a code in the digits of another script; `digits` lists its ten digits in order.
fn in_digits(code: &str, digits: &str) -> String {
    let digits: Vec<char> = digits.chars().collect();
    code.bytes().map(|b| digits[usize::from(b - b'0')]).collect()
}

#[tokio::test]
async fn codes_are_accepted_in_every_spelling() {
    let app = TestApp::start().await;
    let access = app.browser().sign_up("ada").await.access_token();
    app.confirm_email("ada@example.org").await;
    let path = "/api/account/second_factor";
    let proof = json!({"password": PASSWORD});
    let prepared = app.call("POST", path, Some(&access), Some(proof)).await.json();
    let code = || {
        let secret = Secret::try_from_base32(prepared["key"].as_str().unwrap()).unwrap();
        let totp = Builder::new().with_secret(secret).build().unwrap();
        totp.generate(u64::try_from(app.state.clock.now().seconds()).unwrap()).to_string()
    };
    let body = json!({"code": in_digits(&code(), "٠١٢٣٤٥٦٧٨٩"), "password": PASSWORD});
    let enabled = app.call("PUT", path, Some(&access), Some(body)).await;
    assert_eq!(enabled.status, StatusCode::OK, "{}", enabled.text());
    let recovery: Vec<String> =
        serde_json::from_value(enabled.json()["recovery_codes"].clone()).unwrap();
    let log_in = async |code: &str| {
        let body = json!({"username": "ada", "password": PASSWORD, "code": code});
        app.browser().post("/auth/log_in", Some(body)).await
    };
    let with = |separator: &'static str| {
        move |code: &str| format!("{}{separator}{}", &code[..3], &code[3..])
    };
    let spellings: [Spelling; 15] = [
        Box::new(|code| in_digits(code, "٠١٢٣٤٥٦٧٨٩")),
        Box::new(|code| in_digits(code, "۰۱۲۳۴۵۶۷۸۹")),
        Box::new(|code| in_digits(code, "０１２３４５６７８９")),
        Box::new(|code| in_digits(code, "०१२३४५६७८९")),
        Box::new(with("-")),
        Box::new(with(" ")),
        Box::new(with(".")),
        Box::new(with("\u{a0}")),
        Box::new(with("\u{202f}")),
        Box::new(with("\u{200b}")),
        Box::new(with("\u{2060}")),
        Box::new(with("\u{2011}")),
        Box::new(with("\u{2212}")),
        Box::new(|code| format!("\u{200e}{code}")),
        Box::new(|code| format!("{code}\u{200f}\n")),
    ];
    for spelling in spellings {
        app.advance_seconds(30);
        let typed = spelling(&code());
        let answer = log_in(&typed).await;
        assert_eq!(answer.status, StatusCode::OK, "{typed:?}: {}", answer.text());
    }
    let typed = [
        recovery[0].to_uppercase(),
        recovery[1].replace('-', ""),
        recovery[2].replace('-', " "),
        recovery[3].replace('-', "\u{2011}"),
        format!("\u{200b}{}\u{200e}", recovery[4].to_uppercase().replace('-', ".")),
    ];
    for typed in typed {
        let answer = log_in(&typed).await;
        assert_eq!(answer.status, StatusCode::OK, "{typed:?}: {}", answer.text());
    }
    log_in("\u{200b} -").await.assert_problem(401, "second_factor_required");
    log_in(&recovery[0]).await.assert_problem(401, "second_factor_invalid");
}

#[tokio::test]
async fn line_breaks_of_posts_are_normalized_and_invisible_posts_rejected() {
    let app = TestApp::start().await;
    let (_browser, access) = app.signed_up().await;
    let write = async |body: &str| {
        app.call("POST", "/api/posts", Some(&access), Some(json!({"body": body}))).await
    };
    for (typed, stored) in [
        ("a\tb", "a\tb"),
        ("a\r\nb", "a\nb"),
        ("a\rb", "a\nb"),
        ("a\nb", "a\nb"),
        ("\u{202e}abc", "abc"),
        ("a \u{2067}b", "a \u{2067}b\u{2069}"),
    ] {
        let answer = write(typed).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{typed:?}: {}", answer.text());
        assert_eq!(answer.json()["body"], stored);
        let page = app.get("/api/posts?limit=1", &access).await.json();
        assert_eq!(page["posts"][0]["body"], stored);
        app.advance_seconds(1);
    }
    for body in
        ["\u{200b}", "\u{3164}", "\u{2060}\u{200e}", "\u{202e}", "\r\n", "bell \u{7}", "a\u{0}b"]
    {
        let answer = write(body).await;
        answer.assert_problem(422, "validation");
        assert_eq!(answer.wrong_fields(), ["body"], "{body:?}");
    }
}
