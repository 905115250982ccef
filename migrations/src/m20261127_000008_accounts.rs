//! Indexes that keep the work for one account bounded, and what a confirmation and a link belong to.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// The running sessions of an account, without reading those that have ended. Its first column also serves
/// the foreign key.
const SESSIONS: &str =
    "CREATE INDEX sessions_of_a_user ON sessions (user_id, revoked_at, expires_at)";

/// The newest events of each kind of an account. Its first column also serves the foreign key.
const EVENTS: &str = "CREATE INDEX events_of_a_user ON events (user_id, kind, at, id)";

/// The newest events of an account, without the failed logins, of which strangers can make any number.
/// `db/event.rs` repeats the condition word by word.
const OTHER_EVENTS: &str = "CREATE INDEX events_but_failed_logins ON events (user_id, at, id) \
                            WHERE kind <> 'log_in_failed'";

/// The accounts whose address was never confirmed, oldest first.
const UNCONFIRMED: &str =
    "CREATE INDEX users_unconfirmed ON users (created_at) WHERE email_confirmed_at IS NULL";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in added() {
            let add = Table::alter().table(table).add_column(column).to_owned();
            manager.alter_table(add).await?;
        }
        let db = manager.get_connection();
        for sql in [
            "DROP INDEX sessions_of_a_user",
            "DROP INDEX events_of_a_user",
            SESSIONS,
            EVENTS,
            OTHER_EVENTS,
            UNCONFIRMED,
        ] {
            db.execute_unprepared(sql).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        for sql in [
            "DROP INDEX users_unconfirmed",
            "DROP INDEX events_but_failed_logins",
            "DROP INDEX events_of_a_user",
            "DROP INDEX sessions_of_a_user",
            "CREATE INDEX events_of_a_user ON events (user_id)",
            "CREATE INDEX sessions_of_a_user ON sessions (user_id)",
        ] {
            db.execute_unprepared(sql).await?;
        }
        for (table, column) in added() {
            let drop = Table::alter().table(table).drop_column(column.get_column_name()).to_owned();
            manager.alter_table(drop).await?;
        }
        Ok(())
    }
}

fn added() -> [(&'static str, ColumnDef); 2] {
    [
        // The access token (`jti`) that asked for the confirmation at `confirmed_at`.
        ("sessions", ColumnDef::new("confirmed_jti").uuid().to_owned()),
        // The session that asked for the link; NULL for links of clients without a session.
        ("links", ColumnDef::new("session_id").uuid().to_owned()),
    ]
}
