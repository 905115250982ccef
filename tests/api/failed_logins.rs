//! A failed login leaves nothing behind that the next request feels (ASVS 6.3.8).

use crate::helpers::TestApp;
use handstamp::{
    auth::server::{
        accounts::{failed_logins, login},
        http::device::Device,
    },
    protocol::{error::ErrorCode, types::Password},
    server::timing::{self, Part},
};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

/// How many rows the writing connection of SQLite has changed.
async fn changes(app: &TestApp) -> Option<i64> {
    let db = &app.state.writer;
    if db.get_database_backend() != DbBackend::Sqlite {
        return None;
    }
    let sql = "SELECT total_changes() AS n".to_owned();
    let row = db.query_one_raw(Statement::from_string(DbBackend::Sqlite, sql)).await.unwrap();
    row.unwrap().try_get("", "n").ok()
}

#[tokio::test]
async fn a_failed_login_takes_the_same_statements_and_commits_with_an_account_and_without() {
    let app = TestApp::start().await;
    app.browser().sign_up("ada").await;
    let mut work = Vec::new();
    for name in ["ada", "nobody", "ada@example.org", "nobody@example.org"] {
        let before = changes(&app).await;
        let password = Password::new("wrong password".to_owned());
        let login = login::log_in(&app.state, name, password, None, Device::default());
        let (failed, during) = timing::keep(login).await;
        assert_eq!(failed.unwrap_err().code, ErrorCode::InvalidCredentials);
        assert_eq!(changes(&app).await, before, "the request writes nothing");
        let (written, later) = timing::keep(failed_logins::write(&app.state)).await;
        written.unwrap();
        assert!(before.is_none() || changes(&app).await > before, "it commits something");
        work.push((during.count(Part::Db), later.count(Part::Db)));
    }
    assert!(work.iter().all(|counts| *counts == (1, 2)), "{work:?}");
}

#[tokio::test]
async fn failed_logins_of_a_second_share_a_commit_and_are_written_once() {
    let app = TestApp::start().await;
    let access = app.browser().sign_up("ada").await.access_token();
    for name in ["ada", "nobody", "ada"] {
        app.browser().log_in(name, "wrong password").await;
    }
    for _ in 0..2 {
        failed_logins::write(&app.state).await.unwrap();
    }
    let events = app.events(&access).await;
    assert_eq!(events, ["log_in_failed", "log_in_failed", "signed_up"]);
}
