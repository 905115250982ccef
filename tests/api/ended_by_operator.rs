//! An operator ends sessions with the statement in `docs/operations.md` (ASVS 7.4.5).

use crate::helpers::{PASSWORD, TestApp};
use axum::http::StatusCode;
use handstamp::auth::server::sessions::revocation;
use sea_orm::ConnectionTrait;
use std::{fs, time::Duration};

/// The statement as the document has it.
fn statement() -> String {
    let text = fs::read_to_string("docs/operations.md").unwrap();
    let statement = text.lines().find(|line| line.starts_with("UPDATE sessions SET"));
    statement.expect("docs/operations.md has the statement").to_owned()
}

#[tokio::test]
async fn the_statement_in_the_documents_ends_the_sessions_of_one_user() {
    let app = TestApp::start().await;
    let (mut ada, mut grace) = (app.browser(), app.browser());
    let access = ada.sign_up("ada").await.access_token();
    grace.sign_up("grace").await;
    // As a node does that did not end the sessions.
    let feed = tokio::spawn(revocation::follow(app.state.clone()));
    let now = app.state.clock.now().0.to_string();
    let sql = statement().replace("NOW", &now).replace("NAME", "ada");
    app.state.writer.execute_unprepared(&sql).await.unwrap();

    let refused = ada.refresh().await;
    refused.assert_problem(401, "session_revoked");
    assert_eq!(refused.json()["reason"], "ended_elsewhere");
    let stopped = async {
        while app.get("/api/profile", &access).await.status == StatusCode::OK {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), stopped).await.expect("the node finds out");
    feed.abort();
    app.get("/api/profile", &access).await.assert_problem(401, "session_revoked");
    assert_eq!(grace.refresh().await.status, StatusCode::OK);
    assert_eq!(ada.log_in("ada", PASSWORD).await.status, StatusCode::OK);
}
