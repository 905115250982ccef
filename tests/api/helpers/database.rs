use support::postgres::{Database, Postgres};
use tempfile::TempDir;

/// A database for one test: SQLite in a folder, or a database on a real PostgreSQL server if
/// `HANDSTAMP_TEST_DATABASE` is `postgres`.
pub(super) enum TestDatabase {
    Sqlite(TempDir),
    Postgres(Database),
}

impl TestDatabase {
    pub(super) async fn new() -> Self {
        match std::env::var("HANDSTAMP_TEST_DATABASE").as_deref() {
            Ok("postgres") => Self::Postgres(Postgres::shared().database().await.unwrap()),
            Err(_) | Ok("sqlite") => Self::Sqlite(tempfile::tempdir().unwrap()),
            Ok(other) => panic!("HANDSTAMP_TEST_DATABASE={other}: must be sqlite or postgres"),
        }
    }

    pub(super) fn url(&self) -> String {
        match self {
            Self::Sqlite(folder) => format!("sqlite://{}/test.db", folder.path().display()),
            Self::Postgres(database) => database.url.clone(),
        }
    }
}
