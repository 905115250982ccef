//! A copy of the database contains nothing that can be used to log in.

use crate::{
    helpers::{PASSWORD, TestApp},
    rotation::A,
};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

#[tokio::test]
async fn the_database_contains_no_usable_secret() {
    let app = TestApp::start().await;
    let (mut browser, access) = app.signed_up().await;
    browser.begin_attempt(A);
    let spent = browser.refresh_token().unwrap().to_owned();
    browser.refresh().await;
    let stored = dump(&app).await;
    let contains = |bytes: &[u8]| stored.windows(bytes.len()).any(|part| part == bytes);
    // PostgreSQL prints bytes in hexadecimal form.
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let is_stored = |text: &str| contains(text.as_bytes()) || contains(hex(text).as_bytes());
    assert!(is_stored("person-0") && is_stored("$argon2id$"), "the search finds stored texts");
    for secret in [&access, &spent, browser.refresh_token().unwrap(), A, PASSWORD] {
        assert!(!is_stored(secret));
    }
    assert!(!is_stored(&spent[30..70]), "a part of the token is stored");
}

/// Returns the whole database: the SQLite file, or the rows of the tables as text.
async fn dump(app: &TestApp) -> Vec<u8> {
    let db = &app.state.db.reader;
    if db.get_database_backend() != DbBackend::Postgres {
        db.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
        let path = app.state.config.database_url.trim_start_matches("sqlite://").to_owned();
        return std::fs::read(path).unwrap();
    }
    let mut rows = String::new();
    for table in ["users", "sessions", "posts", "nodes", "remembered"] {
        let sql = format!("SELECT CAST(t AS text) AS line FROM {table} AS t");
        let found = db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await;
        for row in found.unwrap() {
            rows += &row.try_get::<String>("", "line").unwrap();
        }
    }
    rows.into_bytes()
}
