//! The migrations of the database schema, one per file. The server applies them in order when it starts.
//!
//! Times are whole milliseconds since the Unix epoch (`BIGINT`), because SQLite and PostgreSQL store, compare and index
//! them in the same way.
//!
//! A migration runs in a transaction on both databases, so that an interrupted one has no effect. A migration without a
//! transaction documents the reason, and can be run again.

mod m20261121_000001_users;
mod m20261121_000002_sessions;
mod m20261121_000003_posts;
mod m20261121_000004_nodes;
mod m20261121_000005_repeats;
mod m20261121_000006_trust;
mod m20261127_000007_identity;
mod m20261127_000008_accounts;
mod m20261127_000009_mail_notices;
mod m20261127_000010_account_indexes;
mod m20261127_000011_identity_keys;

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::{MigrationTrait, async_trait};

/// The migrations, oldest first.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261121_000001_users::Migration),
            Box::new(m20261121_000002_sessions::Migration),
            Box::new(m20261121_000003_posts::Migration),
            Box::new(m20261121_000004_nodes::Migration),
            Box::new(m20261121_000005_repeats::Migration),
            Box::new(m20261121_000006_trust::Migration),
            Box::new(m20261127_000007_identity::Migration),
            Box::new(m20261127_000008_accounts::Migration),
            Box::new(m20261127_000009_mail_notices::Migration),
            Box::new(m20261127_000010_account_indexes::Migration),
            Box::new(m20261127_000011_identity_keys::Migration),
        ]
    }
}
