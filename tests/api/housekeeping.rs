//! What is over is deleted, and nothing else.

use crate::helpers::TestApp;
use axum::http::StatusCode;
use handstamp::server::housekeeping::tidy;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;

async fn count(app: &TestApp, table: &str) -> i64 {
    let sql = format!("SELECT COUNT(*) AS n FROM {table}");
    let statement = Statement::from_string(app.state.db.get_database_backend(), sql);
    app.state.db.query_one_raw(statement).await.unwrap().unwrap().try_get("", "n").unwrap()
}

#[tokio::test]
async fn guests_go_after_a_day_with_all_they_left_and_others_stay() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    let mut guest = app.browser();
    let token = guest.post("/auth/try_it", None).await.access_token();
    app.call("POST", "/api/posts", Some(&token), Some(json!({"body": "I was here"}))).await;
    app.advance_seconds(24 * 3600 - 1);
    tidy(&app.state).await.unwrap();
    assert_eq!((count(&app, "users").await, count(&app, "posts").await), (2, 1));
    app.advance_seconds(2);
    tidy(&app.state).await.unwrap();
    assert_eq!(
        (count(&app, "users").await, count(&app, "posts").await, count(&app, "sessions").await),
        (1, 0, 1)
    );
    guest.refresh().await.assert_problem(401, "session_expired");
    assert_eq!(browser.refresh().await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_session_stays_for_a_day_after_its_end() {
    let app = TestApp::start_with(&[("HANDSTAMP_REFRESH_TTL", "1h")]).await;
    let (_browser, _) = app.signed_up().await;
    app.advance_seconds(25 * 3600 - 1);
    tidy(&app.state).await.unwrap();
    assert_eq!(count(&app, "sessions").await, 1);
    app.advance_seconds(2);
    tidy(&app.state).await.unwrap();
    assert_eq!(count(&app, "sessions").await, 0);
}
