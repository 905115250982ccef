//! Tells transient errors of the database from permanent ones.

use sea_orm::{
    DbErr, RuntimeErr,
    sqlx::{self, postgres::PgDatabaseError},
};

/// Returns whether the same statement may succeed on the next attempt: there was no connection, or the database was
/// locked, full or read-only.
pub fn is_transient(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
            match error.as_ref() {
                sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => true,
                sqlx::Error::Database(error) => {
                    let code = error.code().unwrap_or_default();
                    match error.try_downcast_ref::<PgDatabaseError>() {
                        Some(_) => TRANSIENT_SQLSTATES.iter().any(|state| code.starts_with(state)),
                        None => code.parse().is_ok_and(is_transient_on_sqlite),
                    }
                }
                _ => false,
            }
        }
        _ => false,
    }
}

/// The SQLSTATE classes connection exception, transaction rollback (deadlock), insufficient resources (disk full, too
/// many connections), operator intervention (shutdown, statement timeout) and system error, and the code
/// `read_only_sql_transaction` of a server that became a standby.
const TRANSIENT_SQLSTATES: [&str; 6] = ["08", "40", "53", "57", "58", "25006"];

/// Tests the primary result code, which is the low byte: `SQLITE_BUSY`, `SQLITE_LOCKED`, `SQLITE_READONLY`,
/// `SQLITE_IOERR`, `SQLITE_FULL` or `SQLITE_CANTOPEN`.
fn is_transient_on_sqlite(code: u32) -> bool {
    matches!(code & 0xff, 5 | 6 | 8 | 10 | 13 | 14)
}
