//! Recording a failed login does not change the timing of the next request (ASVS 6.3.8).

use crate::helpers::TestApp;
use handstamp::lab::server_timing;
use handstamp_protocol::{error::ErrorCode, types::Password};
use handstamp_server::{
    accounts::{failed_logins, login},
    device::Device,
};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

/// Returns the number of rows that SQLite's writing connection has changed, or `None` on PostgreSQL.
async fn changes(app: &TestApp) -> Option<i64> {
    let db = &app.state.db.writer;
    if db.get_database_backend() != DbBackend::Sqlite {
        return None;
    }
    let sql = "SELECT total_changes() AS n".to_owned();
    let row = db.query_one_raw(Statement::from_string(DbBackend::Sqlite, sql)).await.unwrap();
    row.unwrap().try_get("", "n").ok()
}

#[tokio::test]
async fn a_failed_login_costs_the_same_with_and_without_an_account() {
    let app = TestApp::start().await;
    app.browser().sign_up("ada").await;
    let mut statements = Vec::new();
    for name in ["ada", "unknown", "ada@example.org", "unknown@example.org"] {
        let before = changes(&app).await;
        let password = Password::new("wrong password".to_owned());
        let login = login::log_in(&app.state.accounts, name, password, None, Device::default());
        let (failed, during) = server_timing::collect(login).await;
        assert_eq!(failed.unwrap_err().code, ErrorCode::InvalidCredentials);
        assert_eq!(changes(&app).await, before, "the request must not write");
        let (written, later) =
            server_timing::collect(failed_logins::write(&app.state.accounts)).await;
        written.unwrap();
        assert!(before.is_none() || changes(&app).await > before, "the later commit must write");
        statements.push((during.count("db"), later.count("db")));
    }
    assert!(statements.iter().all(|counts| *counts == (1, 2)), "{statements:?}");
}

#[tokio::test]
async fn failed_logins_are_written_together_and_once() {
    let app = TestApp::start().await;
    let access = app.browser().sign_up("ada").await.access_token();
    for name in ["ada", "unknown", "ada"] {
        app.browser().log_in(name, "wrong password").await;
    }
    for _ in 0..2 {
        failed_logins::write(&app.state.accounts).await.unwrap();
    }
    let events = app.events(&access).await;
    assert_eq!(events, ["log_in_failed", "log_in_failed", "signed_up"]);
}
