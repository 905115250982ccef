//! The server in trouble: it says so, shows nothing of its inside, and ends nobody's session.

use crate::helpers::{PASSWORD, TestApp};
use axum::http::StatusCode;
use sea_orm::{ConnectionTrait, DbBackend, TransactionTrait};
use serde_json::json;

#[tokio::test]
async fn the_server_says_whether_it_lives_and_whether_its_database_does() {
    let app = TestApp::start().await;
    assert_eq!(app.call("GET", "/healthz", None, None).await.status, StatusCode::OK);
    assert_eq!(app.call("GET", "/readyz", None, None).await.status, StatusCode::OK);
    let (mut browser, _) = app.signed_up().await;
    app.state.db.clone().close().await.unwrap();
    app.state.writer.clone().close().await.unwrap();
    assert_eq!(app.call("GET", "/healthz", None, None).await.status, StatusCode::OK);
    app.call("GET", "/readyz", None, None).await.assert_problem(503, "unavailable");
    let answer = browser.refresh().await;
    answer.assert_problem(503, "unavailable");
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert!(answer.json()["request_id"].as_str() == answer.header("x-request-id"));
    assert!(answer.set_cookies().is_empty(), "trouble never clears the session");
}

#[tokio::test]
async fn what_breaks_shows_nothing_but_the_name_of_the_request() {
    let app = TestApp::start().await;
    let (mut browser, token) = app.signed_up().await;
    app.state.db.execute_unprepared("DROP TABLE posts; DROP TABLE sessions").await.unwrap();
    let api = app.get("/api/posts", &token).await;
    let auth = browser.refresh().await;
    for answer in [api, auth] {
        answer.assert_problem(500, "internal");
        assert_eq!(answer.json()["request_id"].as_str(), answer.header("x-request-id"));
        assert!(!answer.text().contains("posts") && !answer.text().contains("sessions"));
        assert!(answer.set_cookies().is_empty(), "trouble never clears the session");
    }
}

/// Lets every connection of the pool refuse to write, as a read-only disk or a standby does.
async fn set_read_only(app: &TestApp, read_only: bool) {
    let db = &app.state.writer;
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
    let mut all = Vec::new();
    for _ in 0..connections {
        all.push(db.begin().await.unwrap());
    }
    for connection in all {
        connection.execute_unprepared(&sql).await.unwrap();
        connection.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_database_that_can_only_be_read_puts_off_what_writes_and_loses_nothing() {
    let app = TestApp::start().await;
    let (mut browser, token) = app.signed_up().await;
    let held = browser.refresh_token().unwrap().to_owned();
    set_read_only(&app, true).await;
    let login = json!({"username": "person-0", "password": PASSWORD});
    let post = json!({"body": "A post"});
    for answer in [
        browser.refresh().await,
        browser.post("/auth/log_in", Some(login)).await,
        browser.post("/auth/log_out", None).await,
        app.call("POST", "/api/posts", Some(&token), Some(post)).await,
        app.native_refresh(&held, None).await,
    ] {
        answer.assert_problem(503, "unavailable");
        assert_eq!(answer.header("retry-after"), Some("1"));
        assert!(answer.set_cookies().is_empty(), "trouble never clears the session");
    }
    assert_eq!(app.get("/api/profile", &token).await.status, StatusCode::OK);
    set_read_only(&app, false).await;
    assert_eq!(browser.refresh().await.status, StatusCode::OK);
    assert_ne!(browser.refresh_token(), Some(held.as_str()));
}
