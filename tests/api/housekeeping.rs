//! Housekeeping deletes expired rows and no others.

use crate::helpers::{PASSWORD, TEST_TIMEOUT, TestApp};
use axum::http::StatusCode;
use handstamp_server::housekeeping::tidy;
use sea_orm::{ConnectionTrait, Statement, TransactionTrait, Value};
use serde_json::json;

async fn count(app: &TestApp, table: &str) -> i64 {
    let sql = format!("SELECT COUNT(*) AS n FROM {table}");
    let statement = Statement::from_string(app.state.db.reader.get_database_backend(), sql);
    app.state.db.reader.query_one_raw(statement).await.unwrap().unwrap().try_get("", "n").unwrap()
}

#[tokio::test]
async fn guests_are_purged_after_24_hours() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    let mut guest = app.browser();
    let token = guest.post("/auth/try_it", None).await.access_token();
    app.call("POST", "/api/posts", Some(&token), Some(json!({"body": "I was here"}))).await;
    app.advance_seconds(24 * 3600 - 1);
    tidy(&app.state).await;
    assert_eq!((count(&app, "users").await, count(&app, "posts").await), (2, 1));
    app.advance_seconds(2);
    tidy(&app.state).await;
    assert_eq!(
        (count(&app, "users").await, count(&app, "posts").await, count(&app, "sessions").await),
        (1, 0, 1)
    );
    guest.refresh().await.assert_problem(401, "session_expired");
    assert_eq!(browser.refresh().await.status, StatusCode::OK);
}

#[tokio::test]
async fn expired_sessions_are_purged_a_day_after_expiry() {
    let app = TestApp::start_with(&[("HANDSTAMP_REFRESH_TTL", "1h")]).await;
    let (_browser, _) = app.signed_up().await;
    app.advance_seconds(25 * 3600 - 1);
    tidy(&app.state).await;
    assert_eq!(count(&app, "sessions").await, 1);
    app.advance_seconds(2);
    tidy(&app.state).await;
    assert_eq!(count(&app, "sessions").await, 0);
}

#[tokio::test]
async fn revoked_sessions_are_purged_after_a_day() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    app.signed_up().await;
    browser.post("/auth/log_out", None).await;
    app.advance_seconds(24 * 3600);
    tidy(&app.state).await;
    assert_eq!(count(&app, "sessions").await, 2);
    app.advance_seconds(1);
    tidy(&app.state).await;
    assert_eq!(count(&app, "sessions").await, 1);
}

#[tokio::test]
async fn idle_sessions_are_purged_a_day_after_expiry() {
    let app = TestApp::start_with(&[("HANDSTAMP_IDLE_TTL", "1h")]).await;
    let (mut used, _) = app.signed_up().await;
    let (mut unused, _) = app.signed_up().await;
    for _ in 0..50 {
        app.advance_seconds(1800);
        assert_eq!(used.refresh().await.status, StatusCode::OK);
    }
    tidy(&app.state).await;
    assert_eq!(count(&app, "sessions").await, 2, "25 hours are not over yet");
    app.advance_seconds(1);
    tidy(&app.state).await;
    assert_eq!(count(&app, "sessions").await, 1);
    assert_eq!(used.refresh().await.status, StatusCode::OK);
    unused.refresh().await.assert_problem(401, "session_expired");
}

#[tokio::test]
async fn refreshes_continue_while_thousands_of_sessions_are_deleted() {
    let app = TestApp::start_with(&[("HANDSTAMP_REUSE_WINDOW", "0s")]).await;
    let (mut browser, token) = app.signed_up().await;
    let user = app.get("/api/profile", &token).await.json()["id"].as_str().unwrap().to_owned();
    let user: uuid::Uuid = user.parse().unwrap();
    let expired = app.state.clock.now().0 - 25 * 3600 * 1000;
    let db = &app.state.db.writer;
    let transaction = db.begin().await.unwrap();
    for _ in 0..2600 {
        let sql = "INSERT INTO sessions (id, user_id, generation, created_at, expires_at, last_seen_at) \
                   VALUES ($1, $2, 0, $3, $3, $3)";
        let values: [Value; 3] = [uuid::Uuid::new_v4().into(), user.into(), expired.into()];
        let backend = db.get_database_backend();
        let insert = Statement::from_sql_and_values(backend, sql, values);
        transaction.execute_raw(insert).await.unwrap();
    }
    transaction.commit().await.unwrap();
    let refreshing = async {
        let mut refreshes = 0;
        while count(&app, "sessions").await > 1 {
            assert_eq!(browser.refresh().await.status, StatusCode::OK);
            refreshes += 1;
        }
        refreshes
    };
    let both = async { tokio::join!(tidy(&app.state), refreshing) };
    let ((), refreshes) =
        tokio::time::timeout(TEST_TIMEOUT, both).await.expect("sessions are deleted");
    assert!(refreshes > 4, "{refreshes}: the sessions were not deleted in batches");
}

#[tokio::test]
async fn one_failing_cleanup_does_not_block_the_others() {
    let app = TestApp::start_with(&[("HANDSTAMP_REFRESH_TTL", "1h")]).await;
    app.browser().post("/auth/try_it", None).await;
    let (_browser, _) = app.signed_up().await;
    let kind = match app.state.db.reader.get_database_backend() {
        sea_orm::DbBackend::Sqlite => "BLOB",
        _ => "UUID",
    };
    for sql in [
        &format!("CREATE TABLE blockers (user_id {kind} REFERENCES users (id))"),
        "INSERT INTO blockers SELECT id FROM users WHERE guest",
    ] {
        app.state.db.writer.execute_unprepared(sql).await.unwrap();
    }
    app.advance_seconds(26 * 3600);
    tidy(&app.state).await;
    assert_eq!((count(&app, "users").await, count(&app, "sessions").await), (2, 0));
    app.state.db.writer.execute_unprepared("DROP TABLE blockers").await.unwrap();
    tidy(&app.state).await;
    assert_eq!(count(&app, "users").await, 1);
}

#[tokio::test]
async fn retention_periods_are_enforced() {
    let app = TestApp::start_with(&[("HANDSTAMP_RATE_LIMITS", "on")]).await;
    let mut browser = app.browser();
    browser.sign_up("ada").await;
    browser.request_link("ada@example.org").await;
    let rows_left = async || {
        tidy(&app.state).await;
        let mut rows = Vec::new();
        for table in ["links", "mails", "tries", "events"] {
            rows.push(count(&app, table).await);
        }
        rows
    };
    let limits = count(&app, "tries").await;
    assert!(limits > 3, "{limits}");
    assert_eq!(rows_left().await, [2, 2, limits, 1]);
    // The magic link expired after ten minutes; its row is kept for another day, to report it as expired.
    app.advance_seconds(24 * 3600 + 601);
    assert_eq!(rows_left().await, [1, 1, limits, 1]);
    app.advance_seconds(24 * 3600);
    assert_eq!(rows_left().await, [0, 0, 0, 1]);
    app.advance_seconds(88 * 24 * 3600);
    assert_eq!(rows_left().await, [0, 0, 0, 0]);
}

/// ASVS 2.4.1: an unverified account does not reserve a username and an address permanently.
#[tokio::test]
async fn unverified_accounts_are_purged_30_days_after_their_last_use() {
    let app = TestApp::start_with(&[("HANDSTAMP_REFRESH_TTL", "1d")]).await;
    let (mut unused, mut used, mut verified) = (app.browser(), app.browser(), app.browser());
    let access = unused.sign_up("ada").await.access_token();
    app.call("POST", "/api/posts", Some(&access), Some(json!({"body": "I was here"}))).await;
    used.sign_up("grace").await;
    verified.sign_up("hedy").await;
    app.confirm_email("hedy@example.org").await;
    let day = 24 * 3600;
    app.advance_seconds(10 * day);
    assert_eq!(used.log_in("grace", PASSWORD).await.status, StatusCode::OK);
    app.advance_seconds(21 * day);
    tidy(&app.state).await;
    assert_eq!((count(&app, "users").await, count(&app, "posts").await), (3, 1));
    app.advance_seconds(1);
    tidy(&app.state).await;
    assert_eq!(count(&app, "posts").await, 0);
    assert_eq!(
        app.browser().sign_up("ada").await.status,
        StatusCode::OK,
        "username and address are free again"
    );
    for name in ["grace", "hedy"] {
        let answer = app.browser().log_in(name, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::OK, "{name}");
    }
    app.advance_seconds(day + 1);
    tidy(&app.state).await;
    assert_eq!(count(&app, "users").await, 3, "the purge is complete after another day");
}

#[tokio::test]
async fn unverified_accounts_are_kept_while_a_session_is_active() {
    let app = TestApp::start_with(&[("HANDSTAMP_REFRESH_TTL", "90d")]).await;
    let mut browser = app.browser();
    browser.sign_up("ada").await;
    app.advance_seconds(89 * 24 * 3600);
    tidy(&app.state).await;
    assert_eq!(browser.refresh().await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_events_of_a_deleted_account_are_purged() {
    let app = TestApp::start().await;
    let access = app.browser().sign_up("ada").await.access_token();
    app.browser().sign_up("grace").await;
    let gone = app.delete_account(&access).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.text());
    tidy(&app.state).await;
    assert_eq!(count(&app, "events").await, 1);
}
