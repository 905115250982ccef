//! Marks e-mails that are security notices, so that they don't wait behind e-mails with links.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const INDEX: &str = "mails_by_kind_and_next_try";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Nodes of an older version insert rows without this column.
        let column = ColumnDef::new("is_notice").boolean().not_null().default(false).to_owned();
        manager.alter_table(Table::alter().table("mails").add_column(column).to_owned()).await?;
        let mut index = Index::create();
        index.name(INDEX).table("mails").col("is_notice").col("next_try_at");
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name(INDEX).table("mails").to_owned()).await?;
        let drop = Table::alter().table("mails").drop_column("is_notice").to_owned();
        manager.alter_table(drop).await
    }
}
