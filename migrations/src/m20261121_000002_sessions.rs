//! Sessions. A session has one row, and a refresh updates it (`docs/rotation.md`).

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(sessions()).await?;
        for (name, column) in [
            ("sessions_of_a_user", "user_id"),
            ("sessions_by_expiry", "expires_at"),
            ("sessions_by_revocation", "revoked_at"),
        ] {
            manager
                .create_index(Index::create().name(name).table("sessions").col(column).to_owned())
                .await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("sessions").to_owned()).await
    }
}

fn sessions() -> TableCreateStatement {
    Table::create()
        .table("sessions")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(ColumnDef::new("user_id").uuid().not_null())
        .col(ColumnDef::new("generation").big_integer().not_null())
        // SHA-256 of the current refresh token; NULL once the token is deleted.
        .col(ColumnDef::new("token_hash").binary_len(32))
        // SHA-256 of the attempt id that created this generation, and of the previous one.
        .col(ColumnDef::new("attempt_hash").binary_len(32))
        .col(ColumnDef::new("previous_attempt_hash").binary_len(32))
        .col(ColumnDef::new("created_at").big_integer().not_null())
        // NULL until the first rotation.
        .col(ColumnDef::new("rotated_at").big_integer())
        // Set at login and never extended.
        .col(ColumnDef::new("expires_at").big_integer().not_null())
        .col(ColumnDef::new("last_seen_at").big_integer().not_null())
        .col(ColumnDef::new("user_agent").text())
        .col(ColumnDef::new("ip").text())
        .col(ColumnDef::new("revoked_at").big_integer())
        .col(ColumnDef::new("revoked_reason").text())
        .foreign_key(
            ForeignKey::create()
                .from("sessions", "user_id")
                .to("users", "id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}
