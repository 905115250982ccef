//! The SQL statement in `docs/operations.md` with which an operator ends sessions (ASVS 7.4.5).

use crate::helpers::{PASSWORD, TestApp};
use axum::http::StatusCode;
use handstamp_server::sessions::revocation;
use sea_orm::ConnectionTrait;
use std::{fs, time::Duration};

/// Reads the statement from the document.
fn statement() -> String {
    let text = fs::read_to_string("docs/operations.md").unwrap();
    let statement = text.lines().find(|line| line.starts_with("UPDATE sessions SET"));
    statement.expect("docs/operations.md contains the statement").to_owned()
}

#[tokio::test]
async fn the_documented_statement_ends_the_sessions_of_one_user() {
    let app = TestApp::start().await;
    let (mut ada, mut grace) = (app.browser(), app.browser());
    let access = ada.sign_up("ada").await.access_token();
    grace.sign_up("grace").await;
    // As on a node that did not end the sessions.
    let feed = tokio::spawn(revocation::follow(app.state.sessions.clone()));
    let now = app.state.clock.now().0.to_string();
    let sql = statement().replace("NOW", &now).replace("NAME", "ada");
    app.state.db.writer.execute_unprepared(&sql).await.unwrap();

    let rejected = ada.refresh().await;
    rejected.assert_problem(401, "session_revoked");
    assert_eq!(rejected.json()["reason"], "ended_elsewhere");
    let stopped = async {
        while app.get("/api/profile", &access).await.status == StatusCode::OK {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), stopped)
        .await
        .expect("the node learns of the revocation");
    feed.abort();
    app.get("/api/profile", &access).await.assert_problem(401, "session_revoked");
    assert_eq!(grace.refresh().await.status, StatusCode::OK);
    assert_eq!(ada.log_in("ada", PASSWORD).await.status, StatusCode::OK);
}
