//! An account has at most 100 running sessions, and account recovery works with any number of them.

use crate::helpers::{Answer, PASSWORD, TestApp};
use axum::http::StatusCode;
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

const ADA: &str = "ada@example.org";
const NEW: &str = "a new and good phrase";
const MANY: i64 = 200_000;

async fn user_id(app: &TestApp, access: &str) -> Uuid {
    app.get("/api/profile", access).await.json()["id"].as_str().unwrap().parse().unwrap()
}

/// Inserts this many running sessions.
async fn insert(app: &TestApp, user: Uuid, count: i64) {
    let db = &app.state.db.writer;
    let columns =
        "INSERT INTO sessions (id, user_id, generation, created_at, expires_at, last_seen_at)";
    let sql = match db.get_database_backend() {
        DbBackend::Sqlite => format!(
            "{columns} WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) \
             SELECT randomblob(16), $2, 0, $3, $4, $3 FROM n"
        ),
        _ => format!(
            "{columns} SELECT gen_random_uuid(), $2, 0, $3, $4, $3 \
             FROM generate_series(1, CAST($1 AS BIGINT))"
        ),
    };
    let now = app.state.clock.now();
    let end = now.plus(Duration::from_secs(7 * 24 * 3600));
    for part in [count / 4, count / 4, count / 4, count - 3 * (count / 4)] {
        let values: [Value; 4] = [part.into(), user.into(), now.into(), end.into()];
        let statement = Statement::from_sql_and_values(db.get_database_backend(), &sql, values);
        db.execute_raw(statement).await.unwrap();
    }
}

async fn running(app: &TestApp, user: Uuid) -> i64 {
    let db = &app.state.db.reader;
    let sql = "SELECT COUNT(*) AS n FROM sessions WHERE user_id = $1 AND revoked_at IS NULL";
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, [user.into()]);
    db.query_one_raw(statement).await.unwrap().unwrap().try_get("", "n").unwrap()
}

#[tokio::test]
async fn beyond_100_sessions_the_least_recently_used_one_ends() {
    let app = TestApp::start().await;
    let (mut unused, mut used) = (app.browser(), app.browser());
    let access = unused.sign_up("ada").await.access_token();
    used.log_in("ada", PASSWORD).await;
    let user = user_id(&app, &access).await;
    app.advance_seconds(60);
    assert_eq!(used.refresh().await.status, StatusCode::OK);
    app.advance_seconds(60);
    insert(&app, user, 98).await;
    assert_eq!(running(&app, user).await, 100);
    app.advance_seconds(60);
    let newest = app.browser().log_in("ada", PASSWORD).await.access_token();
    assert_eq!(running(&app, user).await, 100);
    app.get("/api/profile", &access).await.assert_problem(401, "session_revoked");
    assert_eq!(unused.refresh().await.json()["reason"], "too_many_sessions");
    assert_eq!(used.refresh().await.status, StatusCode::OK);
    let events = app.events(&newest).await;
    assert_eq!(events.iter().filter(|event| *event == "too_many_sessions").count(), 1);
    let listed = app.get("/api/sessions", &newest).await.json();
    assert_eq!(listed["sessions"].as_array().unwrap().len(), 100);
}

/// Sends a request again if it could not end all sessions within its time: each continues where the last one stopped.
async fn repeated(mut send: impl AsyncFnMut() -> Answer) -> Answer {
    for _ in 0..5 {
        let answer = send().await;
        if answer.status != StatusCode::SERVICE_UNAVAILABLE {
            return answer;
        }
    }
    send().await
}

#[tokio::test]
async fn account_recovery_works_with_hundreds_of_thousands_of_sessions() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let access = browser.sign_up("ada").await.access_token();
    app.confirm_email(ADA).await;
    let user = user_id(&app, &access).await;

    insert(&app, user, MANY).await;
    let body = json!({"current": PASSWORD, "password": NEW});
    let changed = repeated(async || {
        app.call("PUT", "/api/account/password", Some(&access), Some(body.clone())).await
    });
    let changed = changed.await;
    assert_eq!(changed.status, StatusCode::NO_CONTENT, "{}", changed.text());
    assert_eq!(running(&app, user).await, 1, "the session that made the request");

    insert(&app, user, MANY).await;
    app.browser().post("/auth/send_password_reset", Some(json!({"email": ADA}))).await;
    let body = json!({"token": app.link_to(ADA).await, "password": PASSWORD});
    let reset =
        repeated(async || app.browser().post("/auth/reset_password", Some(body.clone())).await);
    let reset = reset.await;
    assert_eq!(reset.status, StatusCode::OK, "{}", reset.text());
    assert_eq!(running(&app, user).await, 0);

    let access = browser.log_in("ada", PASSWORD).await.access_token();
    insert(&app, user, MANY).await;
    let out =
        repeated(async || app.call("POST", "/auth/log_out_everywhere", Some(&access), None).await);
    let out = out.await;
    assert_eq!(out.status, StatusCode::OK, "{}", out.text());
    assert_eq!(running(&app, user).await, 0);

    // The 600,000 ended sessions must not slow this down.
    insert(&app, user, MANY).await;
    let access = browser.log_in("ada", PASSWORD).await.access_token();
    let listed = app.get("/api/sessions", &access).await;
    assert_eq!(listed.status, StatusCode::OK, "{}", listed.text());
    let deleted = app.delete_account(&access).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT, "{}", deleted.text());
    assert_eq!(running(&app, user).await, 0);
}
