//! The database: the connection, and the statements, one file a table.
//!
//! `users` is a sea-orm entity. The statements on the other tables are SQL in words that SQLite and
//! PostgreSQL share: a conditional `UPDATE … RETURNING` reads as what it is.

pub mod connection;
pub mod event;
pub mod link;
pub mod mail;
pub mod node;
pub mod post;
pub mod rate_limit;
pub mod recovery_code;
pub mod session;
pub mod sqlite_file;
pub mod user;

pub use connection::connect;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, RuntimeErr, Statement, Value};
use std::time::Duration;

/// The pool of connections.
pub type Db = DatabaseConnection;

/// How many rows a clean-up deletes in one statement, so that no refresh waits for it.
pub const BATCH: i64 = 500;

/// How long a statement may take as we see it: longer than the database itself allows for.
const PATIENCE: Duration = Duration::from_secs(12);

/// Waits for a statement, but not for ever: a network that swallows everything never says so.
///
/// # Errors
/// The statement's, or one that may be over at the next try.
pub async fn with_timeout<T>(
    statement: impl Future<Output = Result<T, DbErr>>,
) -> Result<T, DbErr> {
    let silent = || DbErr::Conn(RuntimeErr::Internal("the database is silent".to_owned()));
    tokio::time::timeout(PATIENCE, statement).await.unwrap_or_else(|_| Err(silent()))
}

/// SQL with its values, for this database.
fn statement(
    db: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Statement {
    Statement::from_sql_and_values(db.get_database_backend(), sql, values)
}

/// Runs a statement; answers how many rows it touched.
async fn execute(
    db: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<u64, DbErr> {
    Ok(db.execute_raw(statement(db, sql, values)).await?.rows_affected())
}
