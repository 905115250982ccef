//! The database: the connection, and the statements, one file a table.
//!
//! `users` is a sea-orm entity. The statements on `sessions` and `posts` are SQL in words that SQLite
//! and PostgreSQL share: a conditional `UPDATE … RETURNING` reads as what it is.

pub mod post;
pub mod session;
pub mod user;

use anyhow::{Context, bail};
use migrations::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Statement, Value, sqlx::sqlite,
};
use std::{path::Path, time::Duration};

/// The pool of connections.
pub type Db = DatabaseConnection;

/// How many rows a clean-up deletes in one statement, so that no refresh waits for it.
pub const BATCH: i64 = 500;

/// SQL with its values, for this database.
fn statement<const N: usize>(
    db: &impl ConnectionTrait,
    sql: &str,
    values: [Value; N],
) -> Statement {
    Statement::from_sql_and_values(db.get_database_backend(), sql, values)
}

/// Connects, and brings the schema up to date.
///
/// # Errors
/// A URL of another kind, a folder that can't be written, a database that can't be opened or migrated.
pub async fn connect(url: &str) -> anyhow::Result<Db> {
    let Some(path) = url.strip_prefix("sqlite:") else {
        bail!("DATABASE_URL has to start with sqlite:");
    };
    create_folder(path.trim_start_matches("//").split('?').next().unwrap_or_default())?;
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(8)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(5))
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(durable);
    let db = Database::connect(options).await.with_context(|| format!("opening {url}"))?;
    Migrator::up(&db, None).await.with_context(|| format!("migrating {url}"))?;
    Ok(db)
}

/// Write-ahead log with a commit that is on the disk before it is answered: a refresh token that a
/// client holds is never newer than what a power cut leaves in the database.
fn durable(options: sqlite::SqliteConnectOptions) -> sqlite::SqliteConnectOptions {
    options
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(sqlite::SqliteJournalMode::Wal)
        .synchronous(sqlite::SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(5))
}

fn create_folder(path: &str) -> anyhow::Result<()> {
    match Path::new(path).parent() {
        Some(folder) if !folder.as_os_str().is_empty() => std::fs::create_dir_all(folder)
            .with_context(|| format!("creating the data folder {}", folder.display())),
        _ => Ok(()),
    }
}
