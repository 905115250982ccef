//! The database: the connection, and one module with the statements for each table.
//!
//! `users` is a sea-orm entity. The other tables are read and written in SQL that is valid on SQLite and PostgreSQL,
//! because the conditions of each `UPDATE … RETURNING` have to be visible.

pub mod connection;
pub mod event;
pub mod link;
pub mod mail;
pub mod node;
pub mod rate_limit;
pub mod recovery_code;
pub mod session;
pub mod sqlite_file;
pub mod sqlite_lock;
pub mod user;

pub use connection::connect;

use crate::error::ServiceError;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, RuntimeErr, Statement, Value,
};
use std::{sync::Arc, time::Duration};
use tokio::sync::{Semaphore, SemaphorePermit};

/// A pool of connections.
pub type Db = DatabaseConnection;

/// The connection pools of a server. A clone shares them.
#[derive(Debug, Clone)]
pub struct Database {
    /// The pool for reading.
    pub reader: Db,
    /// The pool for writing. On SQLite it has one connection.
    pub writer: Db,
    write_permits: Arc<Semaphore>,
}

impl Database {
    /// Limits the concurrent writes that hold a permit: to one on SQLite, so that a refresh waits for at most one of
    /// them, and to eight on PostgreSQL.
    pub fn new(reader: Db, writer: Db) -> Self {
        let permits = if writer.get_database_backend() == DbBackend::Postgres { 8 } else { 1 };
        Self { reader, writer, write_permits: Arc::new(Semaphore::new(permits)) }
    }

    /// Waits for a permit to write. The writes that many clients can cause at once, such as logins, sign-ups, counters
    /// and posts, hold one until their transaction has ended. Refreshes need none.
    ///
    /// # Errors
    /// Fails with `internal` if the semaphore is closed, which is a bug.
    pub async fn write_permit(&self) -> Result<SemaphorePermit<'_>, ServiceError> {
        self.write_permits.acquire().await.map_err(|closed| ServiceError::internal(closed.into()))
    }
}

/// The maximum number of rows that housekeeping deletes in one statement, so that refreshes don't wait long for it.
pub const BATCH: i64 = 500;

/// The timeout of a statement on this side. It is longer than the statement timeout of the database.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(12);

/// Runs statements with a timeout, because a connection whose packets are dropped reports no error.
///
/// # Errors
/// Fails with the error of the statements, or with a transient error after the timeout.
pub async fn with_timeout<T, E: From<DbErr>>(
    statements: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let timed_out =
        || DbErr::Conn(RuntimeErr::Internal("the database does not respond".to_owned()));
    let done = tokio::time::timeout(STATEMENT_TIMEOUT, statements).await;
    done.unwrap_or_else(|_| Err(timed_out().into()))
}

/// Returns a statement in the dialect of the database.
pub fn statement(
    db: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Statement {
    Statement::from_sql_and_values(db.get_database_backend(), sql, values)
}

/// Runs a statement. Returns the number of rows that it changed.
pub async fn execute(
    db: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<u64, DbErr> {
    Ok(db.execute_raw(statement(db, sql, values)).await?.rows_affected())
}
