//! Indexes that bound the work for one account.
//!
//! On PostgreSQL they are built without locking the tables (`CONCURRENTLY`), so that running nodes are not blocked.
//! That is impossible in a transaction. An index that an interrupted run has left behind is built again.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// The names and definitions of the new indexes.
const NEW: [(&str, &str); 4] = [
    // The active sessions of an account, without reading ended ones. The foreign key uses its first column.
    ("sessions_by_user_and_end", "sessions (user_id, revoked_at, expires_at)"),
    // The newest events of each kind of an account. The foreign key uses its first column.
    ("events_by_user_and_kind", "events (user_id, kind, at, id)"),
    // The newest events of an account without failed logins, because attackers can cause any number of those.
    // `db/event.rs` has to use the same condition.
    ("events_but_failed_logins", "events (user_id, at, id) WHERE kind <> 'log_in_failed'"),
    // The accounts with an unconfirmed address, oldest first.
    ("users_unconfirmed", "users (created_at) WHERE email_confirmed_at IS NULL"),
];

/// The indexes that the new ones replace.
const OLD: [(&str, &str); 2] =
    [("sessions_of_a_user", "sessions (user_id)"), ("events_of_a_user", "events (user_id)")];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        replace(manager, &OLD, &NEW).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        replace(manager, &NEW, &OLD).await
    }
}

async fn replace(
    manager: &SchemaManager<'_>,
    old: &[(&str, &str)],
    new: &[(&str, &str)],
) -> Result<(), DbErr> {
    let db = manager.get_connection();
    let is_postgres = db.get_database_backend() == DbBackend::Postgres;
    let option = if is_postgres { "CONCURRENTLY " } else { "" };
    for (name, definition) in new {
        db.execute_unprepared(&format!("DROP INDEX {option}IF EXISTS {name}")).await?;
        db.execute_unprepared(&format!("CREATE INDEX {option}{name} ON {definition}")).await?;
    }
    for (name, _) in old {
        db.execute_unprepared(&format!("DROP INDEX {option}IF EXISTS {name}")).await?;
    }
    Ok(())
}
