//! The statements on `recovery_codes`. Only `accounts::recovery_codes` and `accounts::totp` call them.

use super::{Db, execute, statement};
use handstamp_engine::refresh_token::TokenHash;
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

/// Replaces all codes of an account.
pub async fn replace(
    db: &impl ConnectionTrait,
    user_id: Uuid,
    codes: &[TokenHash],
) -> Result<(), DbErr> {
    execute(db, "DELETE FROM recovery_codes WHERE user_id = $1", [user_id.into()]).await?;
    for code in codes {
        let sql = "INSERT INTO recovery_codes (user_id, code_hash) VALUES ($1, $2)";
        execute(db, sql, [user_id.into(), code.to_vec().into()]).await?;
    }
    Ok(())
}

/// Consumes a code. Returns whether it existed. Of two concurrent calls, one returns true.
pub async fn consume(
    db: &impl ConnectionTrait,
    user_id: Uuid,
    code: &TokenHash,
) -> Result<bool, DbErr> {
    let sql = "DELETE FROM recovery_codes WHERE user_id = $1 AND code_hash = $2";
    Ok(execute(db, sql, [user_id.into(), code.to_vec().into()]).await? > 0)
}

/// Returns the number of unused codes.
pub async fn left(db: &Db, user_id: Uuid) -> Result<i64, DbErr> {
    let sql = "SELECT COUNT(*) AS left_over FROM recovery_codes WHERE user_id = $1";
    let row = db.query_one_raw(statement(db, sql, [user_id.into()])).await?;
    row.map_or(Ok(0), |row| row.try_get("", "left_over"))
}
