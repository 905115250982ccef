//! Links a re-authentication to its access token, a login to its attempt, and a link to its session.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

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
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in added() {
            let drop = Table::alter().table(table).drop_column(column.get_column_name()).to_owned();
            manager.alter_table(drop).await?;
        }
        Ok(())
    }
}

fn added() -> [(&'static str, ColumnDef); 3] {
    [
        // The `jti` of the access token that requested the re-authentication at `confirmed_at`.
        ("sessions", ColumnDef::new("confirmed_jti").uuid().to_owned()),
        // SHA-256 of the attempt id that the browser sent with the login.
        ("sessions", ColumnDef::new("login_hash").binary().to_owned()),
        // The session that requested the link; NULL if there was none.
        ("links", ColumnDef::new("session_id").uuid().to_owned()),
    ]
}
