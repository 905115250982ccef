//! Which database errors may not occur on the next attempt.

use sea_orm::{
    DbErr, RuntimeErr,
    sqlx::{self, postgres::PgDatabaseError},
};

/// Whether the same statement may succeed on the next attempt: there was no connection, or the disk was busy, full or
/// read-only.
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

/// Classes of SQLSTATE, and one code: connection, transaction (deadlock), insufficient resources (disk full, too many
/// connections), operator intervention (shutdown, statement timeout), system error; and a server that became a
/// read-only standby.
const TRANSIENT_SQLSTATES: [&str; 6] = ["08", "40", "53", "57", "58", "25006"];

/// `SQLITE_BUSY`, `LOCKED`, `READONLY`, `IOERR`, `FULL`, `CANTOPEN`: the low byte of the code.
fn is_transient_on_sqlite(code: u32) -> bool {
    matches!(code & 0xff, 5 | 6 | 8 | 10 | 13 | 14)
}
