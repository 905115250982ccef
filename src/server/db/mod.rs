//! The database: the connection, and the statements, one file a table.
//!
//! `users` is a sea-orm entity. The statements on the other tables are SQL in words that SQLite and
//! PostgreSQL share: a conditional `UPDATE … RETURNING` reads as what it is.

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

/// The database of a server. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct Database {
    /// The pool for reading.
    pub reader: Db,
    /// The pool for writing. For SQLite it has one connection.
    pub writer: Db,
    write_permits: Arc<Semaphore>,
}

impl Database {
    /// Limits the concurrent writes that are no refreshes: to one for SQLite, which has one writer, so that at most
    /// one of them is before a refresh.
    pub fn new(reader: Db, writer: Db) -> Self {
        let permits = if writer.get_database_backend() == DbBackend::Postgres { 8 } else { 1 };
        Self { reader, writer, write_permits: Arc::new(Semaphore::new(permits)) }
    }

    /// Waits for the permit of a write that is no refresh. Keep it until the transaction has ended.
    ///
    /// # Errors
    /// `internal` if the semaphore is closed, which is a bug.
    pub async fn write_permit(&self) -> Result<SemaphorePermit<'_>, ServiceError> {
        self.write_permits.acquire().await.map_err(|closed| ServiceError::internal(closed.into()))
    }
}

/// How many rows a clean-up deletes in one statement, so that no refresh waits for it.
pub const BATCH: i64 = 500;

/// How long a statement may take as we see it: longer than the database itself allows for.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(12);

/// Runs statements with a timeout: a connection whose packets are dropped reports no error.
///
/// # Errors
/// Those of the statements, and a transient one after the timeout.
pub async fn with_timeout<T, E: From<DbErr>>(
    statements: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let silent = || DbErr::Conn(RuntimeErr::Internal("the database does not respond".to_owned()));
    let done = tokio::time::timeout(STATEMENT_TIMEOUT, statements).await;
    done.unwrap_or_else(|_| Err(silent().into()))
}

/// SQL with its values, for this database.
pub fn statement(
    db: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Statement {
    Statement::from_sql_and_values(db.get_database_backend(), sql, values)
}

/// Runs a statement; answers how many rows it touched.
pub async fn execute(
    db: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<u64, DbErr> {
    Ok(db.execute_raw(statement(db, sql, values)).await?.rows_affected())
}
