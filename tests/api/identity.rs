//! User names and e-mail addresses: which spellings are one account, and which are rejected.

use crate::helpers::{Answer, Browser, PASSWORD, TestApp};
use axum::http::StatusCode;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;

async fn sign_up(app: &TestApp, name: &str, email: &str) -> Answer {
    let body = json!({"username": name, "email": email, "password": PASSWORD});
    app.browser().post("/auth/sign_up", Some(body)).await
}

/// Signs up with an address that only this number has.
pub(crate) async fn sign_up_as(app: &TestApp, number: usize, name: &str) -> Answer {
    sign_up(app, name, &format!("user{number}@example.org")).await
}

pub(crate) async fn rename(app: &TestApp, access: &str, name: &str) -> Answer {
    let body = Some(json!({"username": name}));
    app.call("PUT", "/api/account/username", Some(access), body).await
}

#[track_caller]
pub(crate) fn assert_refused(answer: &Answer, field: &str, reason: &str) {
    answer.assert_problem(422, "validation");
    assert_eq!(answer.wrong_fields(), [field]);
    assert!(answer.text().contains(reason), "{}", answer.text());
}

#[track_caller]
pub(crate) fn assert_ok(answer: &Answer, what: &str) {
    assert!(answer.status.is_success(), "{what}: {}", answer.text());
}

pub(crate) async fn execute(app: &TestApp, sql: &str) {
    let statement =
        Statement::from_string(app.state.db.writer.get_database_backend(), sql.to_owned());
    app.state.db.writer.execute_raw(statement).await.unwrap();
}

const SPELLINGS: [&str; 5] = [
    "ada@xn--bcher-kva.de",
    "ada@bücher.de",
    "ada@bu\u{308}cher.de",
    "ada@BÜCHER.de",
    "ADA@XN--BCHER-KVA.DE",
];

#[tokio::test]
async fn all_spellings_of_an_internationalised_domain_are_one_address() {
    for signed_up in SPELLINGS {
        let app = TestApp::start().await;
        assert_ok(&sign_up(&app, "ada", signed_up).await, signed_up);
        for typed in SPELLINGS {
            assert_ok(&app.browser().log_in(typed, PASSWORD).await, typed);
            assert_refused(&sign_up(&app, "ada2", typed).await, "email", "already has an account");
        }
    }
    let app = TestApp::start().await;
    let answer = sign_up(&app, "ada", "ada@bücher.de").await;
    assert_eq!(answer.json()["user"]["email"], "ada@bücher.de", "shown as it was typed");
    app.confirm_email("ada@bücher.de").await;
    let mut browser = app.browser();
    browser.request_link("ada@xn--bcher-kva.de").await;
    let answer = browser.log_in_with_link(&app.link_to("ada@xn--bcher-kva.de").await).await;
    assert_eq!(answer.json()["user"]["username"], "ada", "{}", answer.text());
}

#[tokio::test]
async fn deliverable_addresses_are_accepted_and_others_rejected() {
    let app = TestApp::start().await;
    let good = [
        "संपर्क@example.in",
        "用户@例子.广告",
        "o'brien@example.org",
        "a+b@example.org",
        "a/b@example.org",
    ];
    for (number, email) in good.into_iter().enumerate() {
        assert_ok(&sign_up(&app, &format!("user-{number}"), email).await, email);
    }
    for email in [
        "ada@[127.0.0.1]",
        "ada@[169.254.169.254]",
        "ada@[IPv6:::1]",
        "\"a b\"@example.org",
        "ada@127.0.0.1",
        "ada@localhost",
    ] {
        assert_refused(&sign_up(&app, "ada", email).await, "email", "valid email address");
        for path in ["/auth/send_magic_link", "/auth/send_password_reset"] {
            let answer = app.browser().post(path, Some(json!({"email": email}))).await;
            assert_refused(&answer, "email", "valid email address");
        }
    }
}

#[tokio::test]
async fn names_of_all_scripts_are_accepted() {
    let app = TestApp::start().await;
    let names = [
        "हिन्दी",
        "শান্ত",
        "தமிழ்",
        "ไม้เอก",
        "王伟",
        "王小明",
        "שלום",
        "Зоя",
        "محمد",
        "Nguyễn",
        "Zoë",
        "İstanbul",
        "ａｄａ９",
    ];
    for (number, name) in names.into_iter().enumerate() {
        let answer = sign_up_as(&app, number, name).await;
        assert_ok(&answer, name);
        assert_eq!(answer.json()["user"]["username"], name);
        assert_ok(&app.browser().log_in(name, PASSWORD).await, name);
    }
    for name in ["ad\u{200b}a", "ad\u{202e}a", "ad\u{3164}a", "\u{93f}हन्दी"] {
        assert_refused(&sign_up_as(&app, 99, name).await, "username", "Use only letters");
    }
    for name in ["\u{1160}\u{115f}\u{ffa0}x", "x"] {
        assert_refused(&sign_up_as(&app, 99, name).await, "username", "must be 3–32 characters");
    }
}

#[tokio::test]
async fn look_alike_names_are_rejected() {
    let app = TestApp::start().await;
    for (number, name) in ["ada", "aca", "mike"].into_iter().enumerate() {
        assert_ok(&sign_up_as(&app, number, name).await, name);
    }
    for (name, reason) in [
        ("аda", "mix"),
        ("аса", "looks too much like"),
        ("rnike", "looks too much like"),
        ("ADA", "That username is taken. Try another one."),
        ("ａｄａ", "That username is taken. Try another one."),
    ] {
        assert_refused(&sign_up_as(&app, 9, name).await, "username", reason);
    }
    let access = sign_up_as(&app, 10, "grace").await.access_token();
    assert_refused(&rename(&app, &access, "rnike").await, "username", "looks too much like");
    assert_refused(&rename(&app, &access, "аda").await, "username", "mix");
    let access = app.browser().log_in("mike", PASSWORD).await.access_token();
    for name in ["Mike", "rnike", "mike"] {
        assert_eq!(rename(&app, &access, name).await.status, StatusCode::NO_CONTENT, "{name}");
    }
    // The name is free again once its account has another one.
    assert_eq!(rename(&app, &access, "miguel").await.status, StatusCode::NO_CONTENT);
    assert_ok(&sign_up_as(&app, 11, "rnike").await, "rnike");
}

#[tokio::test]
async fn concurrent_look_alike_sign_ups_conflict() {
    let app = TestApp::start().await;
    let (one, two) = tokio::join!(sign_up_as(&app, 1, "mike"), sign_up_as(&app, 2, "rnike"));
    let (won, lost) = if one.status == StatusCode::OK { (one, two) } else { (two, one) };
    assert_ok(&won, "the first sign-up");
    assert_refused(&lost, "username", "looks too much like");
}

#[tokio::test]
async fn reserved_names_are_rejected_and_existing_ones_are_kept() {
    let app = TestApp::start().await;
    let access = sign_up_as(&app, 1, "ada").await.access_token();
    for name in [
        "admin",
        "Administrator",
        "support",
        "root",
        "security",
        "handstamp",
        "guest",
        "guest-00000001",
        "member-abcdef",
        "postmaster",
        "hostmaster",
        "webmaster",
        "abuse",
        "noreply",
        "no-reply",
        "help",
        "info",
        "system",
        "deleted-1",
        "moderator",
        "staff",
        "official",
        "adrnin",
        "r00t",
    ] {
        assert_refused(&sign_up_as(&app, 2, name).await, "username", "reserved");
        assert_refused(&rename(&app, &access, name).await, "username", "reserved");
    }
    execute(&app, "UPDATE users SET username = 'admin', username_key = 'admin'").await;
    let access = app.browser().log_in("admin", PASSWORD).await.access_token();
    assert_eq!(rename(&app, &access, "Admin").await.status, StatusCode::NO_CONTENT);
    assert_refused(&rename(&app, &access, "root").await, "username", "reserved");
    assert_ok(
        &app.browser().post("/auth/try_it", None).await,
        "the server may use reserved names for guests",
    );
}

#[tokio::test]
async fn the_name_of_a_deleted_account_is_free_for_look_alikes() {
    let app = TestApp::start().await;
    let access = sign_up_as(&app, 1, "mike").await.access_token();
    assert_ok(&app.delete_account(&access).await, "deleted");
    assert_ok(&sign_up_as(&app, 2, "rnike").await, "rnike");
}

async fn log_in_by_link(
    app: &TestApp,
    browser: &mut Browser<'_>,
    typed: &str,
    address: &str,
) -> Answer {
    assert_ok(&browser.request_link(typed).await, typed);
    browser.log_in_with_link(&app.link_to(address).await).await
}

#[tokio::test]
async fn pasted_extra_characters_are_removed_from_names_and_addresses() {
    let app = TestApp::start().await;
    let signed_up = sign_up(&app, " Ada\u{200b}", "mailto:Ada@example.org;").await;
    assert_ok(&signed_up, "sign-up");
    let user = signed_up.json()["user"].clone();
    assert_eq!((&user["username"], &user["email"]), (&json!("Ada"), &json!("Ada@example.org")));
    app.confirm_email("Ada@example.org").await;
    for typed in ["ada\u{200b}", "\u{feff}ADA", "ada\u{ad}", "\u{202a}ada\u{202c}"] {
        assert_ok(&app.browser().log_in(typed, PASSWORD).await, typed);
    }
    let pasted = [
        "ada@example.org\u{200b}",
        "\u{ad}ada@example.org",
        "\u{feff}ada@example.org",
        "\u{202a}ada@example.org\u{202c}",
        "\u{200e}ada@example.org",
        "mailto:ada@example.org",
        "<ada@example.org>",
        "ada@example.org.",
        "ada@example.org;",
        "ada@example.org,",
        "ada@exam\u{ad}ple.org",
    ];
    for typed in pasted {
        assert_ok(&app.browser().log_in(typed, PASSWORD).await, typed);
        let refused = sign_up(&app, "other", typed).await;
        assert_refused(&refused, "email", "already has an account");
        let answer =
            app.browser().post("/auth/send_password_reset", Some(json!({"email": typed}))).await;
        assert_ok(&answer, typed);
        let answer = log_in_by_link(&app, &mut app.browser(), typed, "ada@example.org").await;
        assert_ok(&answer, typed);
    }
}

#[tokio::test]
async fn account_changes_remove_pasted_extra_characters_too() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let access = browser.sign_up("ada").await.access_token();
    assert_eq!(
        rename(&app, &access, "\u{200e}Augusta\u{200b} ").await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(browser.refresh().await.json()["user"]["username"], "Augusta");
    let body = json!({"email": "<new@example.org>,", "password": PASSWORD});
    let answer = app.call("PUT", "/api/account/email", Some(&access), Some(body)).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
    assert!(app.mail_to("new@example.org").await["link"].is_string());
}
