//! Database failures: the server reports them, reveals no internals, and ends no session.

use crate::helpers::{PASSWORD, TestApp};
use axum::http::StatusCode;
use sea_orm::{ConnectionTrait, DbBackend, TransactionTrait};
use serde_json::json;

#[tokio::test]
async fn readiness_and_refreshes_fail_with_503_without_the_database_and_liveness_does_not() {
    let app = TestApp::start().await;
    assert_eq!(app.call("GET", "/healthz", None, None).await.status, StatusCode::OK);
    assert_eq!(app.call("GET", "/readyz", None, None).await.status, StatusCode::OK);
    let (mut browser, _) = app.signed_up().await;
    app.state.db.reader.clone().close().await.unwrap();
    app.state.db.writer.clone().close().await.unwrap();
    assert_eq!(app.call("GET", "/healthz", None, None).await.status, StatusCode::OK);
    app.call("GET", "/readyz", None, None).await.assert_problem(503, "unavailable");
    let answer = browser.refresh().await;
    answer.assert_problem(503, "unavailable");
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert!(answer.json()["request_id"].as_str() == answer.header("x-request-id"));
    assert!(answer.set_cookies().is_empty(), "the session is not cleared");
}

#[tokio::test]
async fn internal_errors_expose_only_the_request_id() {
    let app = TestApp::start().await;
    let (mut browser, token) = app.signed_up().await;
    app.state.db.reader.execute_unprepared("DROP TABLE posts; DROP TABLE sessions").await.unwrap();
    let api = app.get("/api/posts", &token).await;
    let auth = browser.refresh().await;
    for answer in [api, auth] {
        answer.assert_problem(500, "internal");
        assert_eq!(answer.json()["request_id"].as_str(), answer.header("x-request-id"));
        assert!(!answer.text().contains("posts") && !answer.text().contains("sessions"));
        assert!(answer.set_cookies().is_empty(), "the session is not cleared");
    }
}

/// Makes every connection of the pool read-only, as on a read-only disk or a standby.
async fn set_read_only(app: &TestApp, read_only: bool) {
    let db = &app.state.db.writer;
    let (connections, sql) = match db.get_database_backend() {
        DbBackend::Sqlite => {
            let connections = db.get_sqlite_connection_pool().options().get_max_connections();
            (connections, format!("PRAGMA query_only = {read_only}"))
        }
        _ => {
            let connections = db.get_postgres_connection_pool().options().get_max_connections();
            (connections, format!("SET default_transaction_read_only = {read_only}"))
        }
    };
    let mut transactions = Vec::new();
    for _ in 0..connections {
        transactions.push(db.begin().await.unwrap());
    }
    for transaction in transactions {
        transaction.execute_unprepared(&sql).await.unwrap();
        transaction.commit().await.unwrap();
    }
}

#[tokio::test]
async fn writes_return_503_while_the_database_is_read_only() {
    let app = TestApp::start().await;
    let (mut browser, token) = app.signed_up().await;
    let token_before = browser.refresh_token().unwrap().to_owned();
    set_read_only(&app, true).await;
    let login = json!({"username": "person-0", "password": PASSWORD});
    let post = json!({"body": "A post"});
    for answer in [
        browser.refresh().await,
        browser.post("/auth/log_in", Some(login)).await,
        browser.post("/auth/log_out", None).await,
        app.call("POST", "/api/posts", Some(&token), Some(post)).await,
        app.native_refresh(&token_before, None).await,
    ] {
        answer.assert_problem(503, "unavailable");
        assert_eq!(answer.header("retry-after"), Some("1"));
        assert!(answer.set_cookies().is_empty(), "the session is not cleared");
    }
    assert_eq!(app.get("/api/profile", &token).await.status, StatusCode::OK);
    set_read_only(&app, false).await;
    assert_eq!(browser.refresh().await.status, StatusCode::OK);
    assert_ne!(browser.refresh_token(), Some(token_before.as_str()));
}
