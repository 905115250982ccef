//! What the nodes of one database have to agree on, and how they tell each other of revocations.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Tells every node that listens, in the transaction that ends the session: all of them or none.
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

/// Room on every page, so that a rotation is written beside the row it replaces and no index changes.
const ROOM: &str = "ALTER TABLE sessions SET (fillfactor = 70)";

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
            db.execute_unprepared(ROOM).await?;
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

/// The nodes that run, each with a sign of life every few seconds.
fn nodes() -> TableCreateStatement {
    Table::create()
        .table("nodes")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(ColumnDef::new("seen_at").big_integer().not_null())
        // JSON: the settings that have to be the same everywhere, by the names of their variables.
        .col(ColumnDef::new("settings").text().not_null())
        // Fingerprints of the secrets that it reads, newest first, behind spaces.
        .col(ColumnDef::new("secrets").text().not_null())
        .to_owned()
}

/// Facts about the database as a whole that outlive its nodes.
fn remembered() -> TableCreateStatement {
    Table::create()
        .table("remembered")
        .col(ColumnDef::new("fact").text().not_null().primary_key())
        .col(ColumnDef::new("value").text().not_null())
        .to_owned()
}
