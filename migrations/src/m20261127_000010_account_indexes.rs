//! Indexes that keep the work for one account bounded.
//!
//! On PostgreSQL they are built without a lock on the tables (`CONCURRENTLY`), so that the nodes that run go on. That
//! rules out a transaction; an index that an interrupted run has left behind is built again.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Name and definition.
const NEW: [(&str, &str); 4] = [
    // The running sessions of an account, without reading those that have ended. Its first column also serves the
    // foreign key.
    ("sessions_by_user_and_end", "sessions (user_id, revoked_at, expires_at)"),
    // The newest events of each kind of an account. Its first column also serves the foreign key.
    ("events_by_user_and_kind", "events (user_id, kind, at, id)"),
    // The newest events of an account, without the failed logins, of which strangers can make any number.
    // `db/event.rs` repeats the condition word by word.
    ("events_but_failed_logins", "events (user_id, at, id) WHERE kind <> 'log_in_failed'"),
    // The accounts whose address was never confirmed, oldest first.
    ("users_unconfirmed", "users (created_at) WHERE email_confirmed_at IS NULL"),
];

/// Those whose place they take.
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
    let how = if is_postgres { "CONCURRENTLY " } else { "" };
    for (name, definition) in new {
        db.execute_unprepared(&format!("DROP INDEX {how}IF EXISTS {name}")).await?;
        db.execute_unprepared(&format!("CREATE INDEX {how}{name} ON {definition}")).await?;
    }
    for (name, _) in old {
        db.execute_unprepared(&format!("DROP INDEX {how}IF EXISTS {name}")).await?;
    }
    Ok(())
}
