//! Counts the repeated refreshes of a session since its last rotation.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let repeats = ColumnDef::new("repeats").big_integer().not_null().default(0).to_owned();
        manager.alter_table(Table::alter().table("sessions").add_column(repeats).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = Table::alter().table("sessions").drop_column("repeats").to_owned();
        manager.alter_table(drop).await
    }
}
