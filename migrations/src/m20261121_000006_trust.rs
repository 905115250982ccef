//! What makes an account one that people can trust: confirmed addresses, one-use links and the mail
//! that carries them, the second factor, the log of security events, and the tries that are counted.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLES: [&str; 5] = ["links", "mails", "recovery_codes", "events", "tries"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in of_users() {
            manager
                .alter_table(Table::alter().table("users").add_column(column).to_owned())
                .await?;
        }
        // The last time that the person showed who they are; NULL for the login itself.
        let confirmed = ColumnDef::new("confirmed_at").big_integer().to_owned();
        manager
            .alter_table(Table::alter().table("sessions").add_column(confirmed).to_owned())
            .await?;
        for table in [links(), mails(), recovery_codes(), events(), tries()] {
            manager.create_table(table).await?;
        }
        for (name, table, column) in [
            ("links_by_expiry", "links", "expires_at"),
            ("links_of_a_user", "links", "user_id"),
            ("links_of_an_address", "links", "email_key"),
            ("mails_by_next_try", "mails", "next_try_at"),
            ("mails_by_expiry", "mails", "expires_at"),
            ("events_of_a_user", "events", "user_id"),
            ("events_by_time", "events", "at"),
            ("tries_by_time", "tries", "first_at"),
        ] {
            let index = Index::create().name(name).table(table).col(column).to_owned();
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        let confirmed = Table::alter().table("sessions").drop_column("confirmed_at").to_owned();
        manager.alter_table(confirmed).await?;
        for column in of_users() {
            let drop =
                Table::alter().table("users").drop_column(column.get_column_name()).to_owned();
            manager.alter_table(drop).await?;
        }
        Ok(())
    }
}

fn of_users() -> [ColumnDef; 4] {
    [
        // NULL until the person has shown that mail to the address reaches them.
        ColumnDef::new("email_confirmed_at").big_integer().to_owned(),
        // The secret of the second factor, sealed; NULL where none was ever begun.
        ColumnDef::new("totp_secret").blob().to_owned(),
        // NULL until the person has shown that their app has the secret.
        ColumnDef::new("totp_since").big_integer().to_owned(),
        // The time step of the last code that was taken: each works once.
        ColumnDef::new("totp_step").big_integer().not_null().default(0).to_owned(),
    ]
}

/// One row a link that was sent by mail. The link itself is not in it.
fn links() -> TableCreateStatement {
    Table::create()
        .table("links")
        // SHA-256 of the link's token.
        .col(ColumnDef::new("token_hash").binary_len(32).not_null().primary_key())
        .col(ColumnDef::new("purpose").text().not_null())
        // The address that it was sent to, as it was written and folded.
        .col(ColumnDef::new("email").text().not_null())
        .col(ColumnDef::new("email_key").text().not_null())
        // Whose link it is; NULL where only the address counts.
        .col(ColumnDef::new("user_id").uuid())
        // SHA-256 of what the browser that asked for it holds; NULL where any browser may open it.
        .col(ColumnDef::new("browser_hash").binary_len(32))
        .col(ColumnDef::new("expires_at").big_integer().not_null())
        .col(ColumnDef::new("used_at").big_integer())
        .foreign_key(&mut of_a_user("links"))
        .to_owned()
}

/// Mail on its way. What it says is sealed: there are links in it.
fn mails() -> TableCreateStatement {
    Table::create()
        .table("mails")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(ColumnDef::new("content").blob().not_null())
        .col(ColumnDef::new("tries").big_integer().not_null().default(0))
        // NULL once it is given up.
        .col(ColumnDef::new("next_try_at").big_integer())
        .col(ColumnDef::new("created_at").big_integer().not_null())
        .col(ColumnDef::new("expires_at").big_integer().not_null())
        .to_owned()
}

/// The recovery codes that are left.
fn recovery_codes() -> TableCreateStatement {
    Table::create()
        .table("recovery_codes")
        .col(ColumnDef::new("user_id").uuid().not_null())
        .col(ColumnDef::new("code_hash").binary_len(32).not_null())
        .primary_key(Index::create().col("user_id").col("code_hash"))
        .foreign_key(&mut of_a_user("recovery_codes"))
        .to_owned()
}

/// What happened to an account. Rows are only ever added, and thrown away when they are old.
fn events() -> TableCreateStatement {
    Table::create()
        .table("events")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(ColumnDef::new("user_id").uuid().not_null())
        .col(ColumnDef::new("kind").text().not_null())
        .col(ColumnDef::new("at").big_integer().not_null())
        // A browser and a system as people call them, and the network without the host.
        .col(ColumnDef::new("device").text())
        .col(ColumnDef::new("network").text())
        .foreign_key(&mut of_a_user("events"))
        .to_owned()
}

/// How often somebody has tried lately, for each thing that is worth guessing at.
fn tries() -> TableCreateStatement {
    Table::create()
        .table("tries")
        // SHA-256 of what is counted.
        .col(ColumnDef::new("what").binary_len(32).not_null().primary_key())
        .col(ColumnDef::new("count").big_integer().not_null())
        .col(ColumnDef::new("first_at").big_integer().not_null())
        // No other try before this moment.
        .col(ColumnDef::new("next_at").big_integer().not_null())
        .to_owned()
}

fn of_a_user(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(table, "user_id")
        .to("users", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}
