//! The database: the connection, and the statements, one file a table.

pub mod post;
pub mod session;
pub mod user;

use anyhow::{Context, bail};
use migrations::{Migrator, MigratorTrait};
use sea_orm::{ConnectOptions, Database, DatabaseConnection, sqlx::sqlite};
use std::{path::Path, time::Duration};

/// The pool of connections.
pub type Db = DatabaseConnection;

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
    let in_memory = path.contains(":memory:");
    options
        .max_connections(if in_memory { 1 } else { 8 })
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(5))
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(durable);
    if in_memory {
        // The database lives as long as its one connection.
        options.idle_timeout(None).max_lifetime(None);
    }
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
