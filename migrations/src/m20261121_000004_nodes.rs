//! The nodes of a database with the settings that must be identical, and the notification of all nodes of a revocation.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Notifies all listening nodes. The notification belongs to the transaction that ends the session, so it is sent only
/// if that is committed.
const ANNOUNCE: &str = "
CREATE FUNCTION announce_revocation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('handstamp_revoked', NEW.id::text || ' ' || NEW.revoked_at::text);
    RETURN NULL;
END $$;
CREATE TRIGGER announce_revocation AFTER UPDATE OF revoked_at ON sessions FOR EACH ROW
    WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL)
    EXECUTE FUNCTION announce_revocation();
";

/// Leaves free space on every page, so that a rotation can write the new row version to the same page without changing
/// an index (a HOT update).
const FILLFACTOR: &str = "ALTER TABLE sessions SET (fillfactor = 70)";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(nodes()).await?;
        manager.create_table(remembered()).await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            let db = manager.get_connection();
            db.execute_unprepared(ANNOUNCE).await?;
            db.execute_unprepared(FILLFACTOR).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            let undo = "DROP TRIGGER announce_revocation ON sessions; \
                        DROP FUNCTION announce_revocation; \
                        ALTER TABLE sessions RESET (fillfactor)";
            manager.get_connection().execute_unprepared(undo).await?;
        }
        manager.drop_table(Table::drop().table("remembered").to_owned()).await?;
        manager.drop_table(Table::drop().table("nodes").to_owned()).await
    }
}

/// The running nodes. Each one updates `seen_at` every few seconds.
fn nodes() -> TableCreateStatement {
    Table::create()
        .table("nodes")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(ColumnDef::new("seen_at").big_integer().not_null())
        // JSON: the settings that must be identical on all nodes, by variable name.
        .col(ColumnDef::new("settings").text().not_null())
        // Hashes of the secrets that the node accepts, newest first, separated by spaces.
        .col(ColumnDef::new("secrets").text().not_null())
        .to_owned()
}

/// Metadata of the database that does not belong to a node.
fn remembered() -> TableCreateStatement {
    Table::create()
        .table("remembered")
        .col(ColumnDef::new("fact").text().not_null().primary_key())
        .col(ColumnDef::new("value").text().not_null())
        .to_owned()
}
