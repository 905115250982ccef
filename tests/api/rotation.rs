//! The state table through the front door: a test a row (M10, M14, M17).

use crate::helpers::{ATTEMPT_COOKIE, Answer, REFRESH_COOKIE, TestApp};
use axum::http::StatusCode;
use futures::future::join_all;
use handstamp::auth::server::tokens::{
    keys::{KeyRing, ServerSecret},
    refresh_token::RefreshToken,
};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;
use zeroize::Zeroizing;

const A: &str = "AAAAAAAAAAAAAAAAAAAAAA";
const B: &str = "BBBBBBBBBBBBBBBBBBBBBB";
/// The defaults: a window of 10 s, a hold of 20 s.
const WINDOW: u64 = 10;
const HOLD: u64 = 20;

#[tokio::test]
async fn row_1_garbage_forged_cut_and_foreign_tokens_are_invalid_and_stay() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    let genuine = browser.refresh_token().unwrap().to_owned();
    let foreign_keys = KeyRing::new(&[ServerSecret::new(vec![9; 32]).unwrap()]).unwrap();
    let foreign =
        RefreshToken::first(foreign_keys.newest(), Uuid::from_u128(1), Zeroizing::new([1; 32]));
    let last = if genuine.ends_with('A') { "B" } else { "A" };
    let forged = format!("{}{last}", &genuine[..genuine.len() - 1]);
    for text in
        ["x", "hsr_", "null", &forged, &genuine[..50], foreign.expose_secret(), &genuine.repeat(20)]
    {
        browser.hold(text);
        let answer = browser.refresh().await;
        answer.assert_problem(401, "refresh_token_invalid");
        assert!(answer.set_cookies().is_empty(), "it may belong to another server of this host");
    }
    browser.hold(&genuine);
    assert_eq!(browser.refresh().await.status, StatusCode::OK, "the session is none the worse");
}

#[tokio::test]
async fn a_refresh_without_a_token_returns_refresh_token_missing() {
    let app = TestApp::start().await;
    let answer = app.browser().refresh().await;
    answer.assert_problem(401, "refresh_token_missing");
    assert!(answer.set_cookies().is_empty());
}

#[tokio::test]
async fn refresh_if_any_returns_null_when_logged_out() {
    let app = TestApp::start().await;
    let if_any = || Some(json!({ "if_any": true }));
    let answer = app.browser().post("/auth/refresh", if_any()).await;
    assert_eq!((answer.status, answer.text().as_str()), (StatusCode::OK, "null"));
    assert!(answer.set_cookies().is_empty());
    let (mut browser, _) = app.signed_up().await;
    let answer = browser.post("/auth/refresh", if_any()).await;
    assert!(answer.access_token().starts_with("eyJ") && answer.set_cookies().len() == 3);
    // A token that was refused is news, however it was asked.
    browser.hold("hsr_");
    let answer = browser.post("/auth/refresh", if_any()).await;
    answer.assert_problem(401, "refresh_token_invalid");
    assert!(answer.set_cookies().is_empty());
    let answer = browser.post("/auth/refresh", Some(json!({ "if_any": 1 }))).await;
    answer.assert_problem(400, "bad_request");
}

#[tokio::test]
async fn row_2_a_session_ends_at_its_absolute_expiry_however_busy_it_was() {
    let app = TestApp::start_with(&[("HANDSTAMP_REFRESH_TTL", "1h")]).await;
    let (mut browser, _) = app.signed_up().await;
    for minutes in 1..60 {
        app.advance_seconds(60);
        let answer = browser.refresh().await;
        assert_eq!(answer.json()["session_expires_in"], 3600 - minutes * 60, "it never grows");
        assert!(answer.set_cookies()[0].contains(&format!("Max-Age={}", 3600 - minutes * 60)));
    }
    app.advance_seconds(60);
    let answer = browser.refresh().await;
    answer.assert_problem(401, "session_expired");
    assert!(answer.clears_refresh());
}

#[tokio::test]
async fn row_2_an_idle_session_ends_where_that_is_set() {
    let app = TestApp::start_with(&[("HANDSTAMP_IDLE_TTL", "30m")]).await;
    let (mut busy, _) = app.signed_up().await;
    let (mut idle, _) = app.signed_up().await;
    app.advance_seconds(29 * 60);
    assert_eq!(busy.refresh().await.status, StatusCode::OK);
    app.advance_seconds(60);
    idle.refresh().await.assert_problem(401, "session_expired");
    assert_eq!(busy.refresh().await.status, StatusCode::OK);
}

#[tokio::test]
async fn row_2_a_genuine_token_without_a_session_is_expired() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    app.state.db.execute_unprepared("DELETE FROM sessions").await.unwrap();
    let answer = browser.refresh().await;
    answer.assert_problem(401, "session_expired");
    assert!(answer.clears_refresh());
}

#[tokio::test]
async fn row_3_a_revoked_session_says_why() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    let mut other_tab = browser.clone();
    assert_eq!(browser.post("/auth/log_out", None).await.status, StatusCode::OK);
    let answer = other_tab.refresh().await;
    answer.assert_problem(401, "session_revoked");
    assert_eq!(answer.json()["reason"], "logged_out");
    assert!(answer.clears_refresh());
}

#[tokio::test]
async fn row_4_a_refresh_spends_the_token_and_sets_its_successor() {
    let app = TestApp::start().await;
    let (mut browser, first_access) = app.signed_up().await;
    let first = browser.refresh_token().unwrap().to_owned();
    browser.begin_attempt(A);
    app.advance_seconds(1);
    let answer = browser.refresh().await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_ne!(answer.access_token(), first_access);
    assert_ne!(browser.refresh_token().unwrap(), first);
    assert_eq!(browser.attempt(), None, "the answer that sets a new token clears the attempt");
    let lifetime = 30 * 24 * 3600 - 1;
    assert_eq!(
        answer.set_cookies(),
        [
            format!(
                "{REFRESH_COOKIE}={}; HttpOnly; SameSite=Strict; Path=/auth; Max-Age={lifetime}",
                browser.refresh_token().unwrap()
            ),
            format!(
                "handstamp_session_3000={}; HttpOnly; SameSite=Strict; Path=/; Max-Age={lifetime}",
                browser.session().unwrap()
            ),
            format!("{ATTEMPT_COOKIE}=; SameSite=Strict; Path=/; Max-Age=0"),
        ]
    );
}

#[tokio::test]
async fn row_5_within_the_hold_the_token_stays_and_the_attempt_too() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    browser.refresh().await;
    let held = browser.refresh_token().unwrap().to_owned();
    browser.begin_attempt(A);
    app.advance_seconds(HOLD - 1);
    let answer = browser.refresh().await;
    assert_eq!((answer.status, answer.set_cookies().len()), (StatusCode::OK, 0));
    assert_eq!(browser.attempt(), Some(A));
    app.advance_seconds(1);
    browser.refresh().await;
    assert_ne!(browser.refresh_token().unwrap(), held);
}

#[tokio::test]
async fn row_6_within_the_window_a_spent_token_brings_the_successor_that_was_issued() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    let mut other_tab = browser.clone();
    browser.refresh().await;
    app.advance_seconds(WINDOW - 1);
    other_tab.begin_attempt(B);
    assert_eq!(other_tab.refresh().await.status, StatusCode::OK);
    assert_eq!(other_tab.refresh_token(), browser.refresh_token());
    assert_eq!(other_tab.attempt(), None);
    // The hold starts anew: an answer may still be under way.
    app.advance_seconds(HOLD - 1);
    assert!(browser.refresh().await.set_cookies().is_empty());
    app.advance_seconds(1);
    assert!(!browser.refresh().await.set_cookies().is_empty());
}

#[tokio::test]
async fn row_6_a_lost_answer_is_repeated_a_day_later_for_the_same_attempt() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    browser.begin_attempt(A);
    let mut answered = browser.clone();
    answered.refresh().await;
    app.advance_seconds(24 * 3600);
    assert_eq!(browser.refresh().await.status, StatusCode::OK);
    assert_eq!(browser.refresh_token(), answered.refresh_token());
    app.advance_seconds(HOLD - 1);
    assert!(browser.refresh().await.set_cookies().is_empty());
}

#[tokio::test]
async fn row_6_a_late_repeat_does_not_open_the_window_again() {
    let app = TestApp::start().await;
    let (mut victim, _) = app.signed_up().await;
    let mut thief = victim.stolen_copy();
    thief.begin_attempt(A);
    let mut repeat = thief.clone();
    thief.refresh().await;
    app.advance_seconds(WINDOW);
    assert_eq!(repeat.refresh().await.status, StatusCode::OK);
    victim.begin_attempt(B);
    victim.refresh().await.assert_problem(401, "refresh_token_reused");
}

#[tokio::test]
async fn row_7_a_straggler_two_behind_is_sent_back_and_nothing_ends() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    browser.begin_attempt(A);
    let mut straggler = browser.clone();
    browser.refresh().await;
    app.advance_seconds(HOLD);
    browser.begin_attempt(B);
    browser.refresh().await;
    let answer = straggler.refresh().await;
    answer.assert_problem(409, "refresh_superseded");
    assert!(answer.set_cookies().is_empty());
    app.advance_seconds(HOLD);
    assert_eq!(browser.refresh().await.status, StatusCode::OK);
}

#[tokio::test]
async fn row_8_a_spent_token_after_the_window_ends_the_session() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    let mut thief = browser.stolen_copy();
    browser.begin_attempt(A);
    browser.refresh().await;
    app.advance_seconds(WINDOW);
    let answer = thief.refresh().await;
    answer.assert_problem(401, "refresh_token_reused");
    assert!(answer.clears_refresh());
    let told = browser.refresh().await;
    told.assert_problem(401, "session_revoked");
    assert_eq!(told.json()["reason"], "reuse");
}

#[tokio::test]
async fn row_8_a_thief_who_was_first_is_found_out_by_the_victim() {
    let app = TestApp::start().await;
    let (mut victim, access) = app.signed_up().await;
    let mut thief = victim.stolen_copy();
    thief.begin_attempt(B);
    let stolen_access = thief.refresh().await.access_token();
    app.advance_seconds(WINDOW);
    victim.begin_attempt(A);
    victim.refresh().await.assert_problem(401, "refresh_token_reused");
    thief.refresh().await.assert_problem(401, "session_revoked");
    for token in [access, stolen_access] {
        app.get("/api/profile", &token).await.assert_problem(401, "session_revoked");
    }
}

#[tokio::test]
async fn row_8_ends_only_this_session() {
    let app = TestApp::start().await;
    app.browser().sign_up("ada").await;
    let (mut phone, mut laptop) = (app.browser(), app.browser());
    phone.log_in("ada", crate::helpers::PASSWORD).await;
    laptop.log_in("ada", crate::helpers::PASSWORD).await;
    let mut thief = phone.stolen_copy();
    phone.refresh().await;
    app.advance_seconds(WINDOW);
    thief.refresh().await.assert_problem(401, "refresh_token_reused");
    assert_eq!(laptop.refresh().await.status, StatusCode::OK);
}

#[tokio::test]
async fn row_8_the_attempt_of_another_client_proves_nothing() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    let mut thief = browser.stolen_copy();
    browser.begin_attempt(A);
    browser.refresh().await;
    app.advance_seconds(WINDOW);
    thief.begin_attempt(B);
    thief.refresh().await.assert_problem(401, "refresh_token_reused");
}

#[tokio::test]
async fn row_8_a_token_long_spent_is_told_apart_from_noise() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    let mut first = browser.stolen_copy();
    for _ in 0..50 {
        app.advance_seconds(HOLD);
        browser.refresh().await;
    }
    first.refresh().await.assert_problem(401, "refresh_token_reused");
}

#[tokio::test]
async fn row_8_with_a_forged_twin_of_the_current_token_the_session_ends() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    let genuine = RefreshToken::parse(&app.state.keys, browser.refresh_token().unwrap()).unwrap();
    let twin =
        RefreshToken::first(app.state.keys.newest(), genuine.session(), Zeroizing::new([0; 32]));
    browser.hold(twin.expose_secret());
    browser.refresh().await.assert_problem(401, "refresh_token_reused");
}

#[tokio::test]
async fn row_9_a_database_restored_from_a_backup_goes_on_from_the_token() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    let backup = "CREATE TABLE backup AS SELECT * FROM sessions";
    app.state.db.execute_unprepared(backup).await.unwrap();
    for _ in 0..3 {
        app.advance_seconds(HOLD);
        browser.refresh().await;
    }
    let restore = "DELETE FROM sessions; INSERT INTO sessions SELECT * FROM backup";
    app.state.db.execute_unprepared(restore).await.unwrap();
    app.advance_seconds(HOLD);
    for _ in 0..3 {
        let before = browser.refresh_token().unwrap().to_owned();
        assert_eq!(browser.refresh().await.status, StatusCode::OK);
        assert_ne!(browser.refresh_token().unwrap(), before);
        app.advance_seconds(HOLD);
    }
}

#[tokio::test]
async fn row_10_fifty_refreshes_at_once_get_one_successor() {
    let app = TestApp::start().await;
    let (browser, _) = app.signed_up().await;
    let tabs = (0..50).map(|_| {
        let mut tab = browser.clone();
        async move {
            let answer = tab.refresh().await;
            (answer, tab.refresh_token().map(str::to_owned))
        }
    });
    let answers: Vec<(Answer, Option<String>)> = join_all(tabs).await;
    assert!(answers.iter().all(|(answer, _)| answer.status == StatusCode::OK));
    let successors: BTreeSet<_> = answers.iter().map(|(_, token)| token.clone().unwrap()).collect();
    assert_eq!(successors.len(), 1);
    assert_ne!(successors.first().map(String::as_str), browser.refresh_token());
}

#[tokio::test]
async fn row_10_two_lost_races_return_409_and_keep_the_session() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    // The database says "no row" to every update, as if somebody had always been faster.
    let (faster, no_more) = match app.state.db.get_database_backend() {
        DbBackend::Postgres => (
            "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; \
             CREATE TRIGGER faster BEFORE UPDATE ON sessions FOR EACH ROW EXECUTE FUNCTION nothing()",
            "DROP TRIGGER faster ON sessions",
        ),
        _ => (
            "CREATE TRIGGER faster BEFORE UPDATE ON sessions BEGIN SELECT RAISE(IGNORE); END",
            "DROP TRIGGER faster",
        ),
    };
    app.state.db.execute_unprepared(faster).await.unwrap();
    let answer = browser.refresh().await;
    answer.assert_problem(409, "refresh_conflict");
    assert!(answer.set_cookies().is_empty());
    app.state.db.execute_unprepared(no_more).await.unwrap();
    assert_eq!(browser.refresh().await.status, StatusCode::OK);
}

#[tokio::test]
async fn strict_a_window_of_zero_ends_at_the_first_repeat_without_an_attempt() {
    let app = TestApp::start_with(&[("HANDSTAMP_REUSE_WINDOW", "0s")]).await;
    let (mut browser, _) = app.signed_up().await;
    browser.begin_attempt(A);
    let (mut retry, mut thief) = (browser.clone(), browser.stolen_copy());
    browser.refresh().await;
    assert_eq!(retry.refresh().await.status, StatusCode::OK, "the same attempt is no theft");
    thief.refresh().await.assert_problem(401, "refresh_token_reused");
}

#[tokio::test]
async fn a_clock_that_steps_back_ends_no_session() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    app.advance_seconds(HOLD);
    let mut other_tab = browser.clone();
    browser.refresh().await;
    app.step_back_seconds(15);
    assert_eq!(browser.refresh().await.status, StatusCode::OK);
    assert_eq!(other_tab.refresh().await.status, StatusCode::OK);
    assert_eq!(other_tab.refresh_token(), browser.refresh_token());
}

#[tokio::test]
async fn sessions_survive_a_restart_of_the_server() {
    let mut app = TestApp::start().await;
    let token = app.signed_up().await.0.refresh_token().unwrap().to_owned();
    app.restart().await;
    let mut browser = app.browser();
    browser.hold(&token);
    assert_eq!(browser.refresh().await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_database_contains_no_usable_secret() {
    let app = TestApp::start().await;
    let (mut browser, access) = app.signed_up().await;
    browser.begin_attempt(A);
    let spent = browser.refresh_token().unwrap().to_owned();
    browser.refresh().await;
    let stored = everything(&app).await;
    let contains = |bytes: &[u8]| stored.windows(bytes.len()).any(|part| part == bytes);
    // PostgreSQL prints bytes in hexadecimal.
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let holds = |text: &str| contains(text.as_bytes()) || contains(hex(text).as_bytes());
    assert!(holds("person-0") && holds("$argon2id$"), "this is the database");
    for secret in [&access, &spent, browser.refresh_token().unwrap(), A, crate::helpers::PASSWORD] {
        assert!(!holds(secret));
    }
    assert!(!holds(&spent[30..70]), "no part of it either");
}

/// The whole database: the file itself, or every row of every table as text.
async fn everything(app: &TestApp) -> Vec<u8> {
    let db = &app.state.db;
    if db.get_database_backend() != DbBackend::Postgres {
        db.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
        let path = app.state.config.database_url.trim_start_matches("sqlite://").to_owned();
        return std::fs::read(path).unwrap();
    }
    let mut rows = String::new();
    for table in ["users", "sessions", "posts", "nodes", "remembered"] {
        let sql = format!("SELECT CAST(t AS text) AS line FROM {table} AS t");
        let found = db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await;
        for row in found.unwrap() {
            rows += &row.try_get::<String>("", "line").unwrap();
        }
    }
    rows.into_bytes()
}
