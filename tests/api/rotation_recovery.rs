//! Rows 9 and 10 of the state table in `docs/rotation.md`, and other events that end no session: a restored backup,
//! concurrent refreshes, a clock that steps back, a restart.

use crate::{
    helpers::{Answer, TestApp},
    rotation::HOLD,
};
use axum::http::StatusCode;
use futures::future::join_all;
use sea_orm::{ConnectionTrait, DbBackend};
use std::collections::BTreeSet;

#[tokio::test]
async fn row_9_a_database_restored_from_a_backup_goes_on_from_the_token() {
    let app = TestApp::start().await;
    let (mut browser, _) = app.signed_up().await;
    let backup = "CREATE TABLE backup AS SELECT * FROM sessions";
    app.state.db.reader.execute_unprepared(backup).await.unwrap();
    for _ in 0..3 {
        app.advance_seconds(HOLD);
        browser.refresh().await;
    }
    let restore = "DELETE FROM sessions; INSERT INTO sessions SELECT * FROM backup";
    app.state.db.reader.execute_unprepared(restore).await.unwrap();
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
    // A trigger discards every update, so each one affects no row, as after a lost race.
    let (add_trigger, drop_trigger) = match app.state.db.reader.get_database_backend() {
        DbBackend::Postgres => (
            "CREATE FUNCTION discard() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; \
             CREATE TRIGGER lost_race BEFORE UPDATE ON sessions FOR EACH ROW EXECUTE FUNCTION discard()",
            "DROP TRIGGER lost_race ON sessions",
        ),
        _ => (
            "CREATE TRIGGER lost_race BEFORE UPDATE ON sessions BEGIN SELECT RAISE(IGNORE); END",
            "DROP TRIGGER lost_race",
        ),
    };
    app.state.db.reader.execute_unprepared(add_trigger).await.unwrap();
    let answer = browser.refresh().await;
    answer.assert_problem(409, "refresh_conflict");
    assert!(answer.set_cookies().is_empty());
    app.state.db.reader.execute_unprepared(drop_trigger).await.unwrap();
    assert_eq!(browser.refresh().await.status, StatusCode::OK);
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
    browser.store_refresh_token(&token);
    assert_eq!(browser.refresh().await.status, StatusCode::OK);
}
