//! Adds the skeleton of user names, which detects confusable names. `m20261127_000011_identity_keys` fills it in.

use sea_orm_migration::prelude::*;

const INDEX: &str = "users_username_skeleton";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // NULL for guests, and for names that were confusable with another one before this check existed.
        let skeleton = ColumnDef::new("username_skeleton").text().to_owned();
        manager.alter_table(Table::alter().table("users").add_column(skeleton).to_owned()).await?;
        let index =
            Index::create().name(INDEX).table("users").col("username_skeleton").unique().to_owned();
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name(INDEX).table("users").to_owned()).await?;
        let column = Table::alter().table("users").drop_column("username_skeleton").to_owned();
        manager.alter_table(column).await
    }
}
