//! Account security: confirmed e-mail addresses, single-use links and the queue of e-mails, TOTP and recovery codes,
//! security events, and rate limits.

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
        // The time of the last re-authentication; NULL if there was none since the login.
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
        // NULL until the user has confirmed the address.
        ColumnDef::new("email_confirmed_at").big_integer().to_owned(),
        // The encrypted TOTP secret; NULL if no enrolment was started.
        ColumnDef::new("totp_secret").blob().to_owned(),
        // NULL until the user has completed the enrolment with a code.
        ColumnDef::new("totp_since").big_integer().to_owned(),
        // The time step of the last accepted code, because each code is accepted once.
        ColumnDef::new("totp_step").big_integer().not_null().default(0).to_owned(),
    ]
}

/// Links sent by e-mail, without their tokens.
fn links() -> TableCreateStatement {
    Table::create()
        .table("links")
        // SHA-256 of the link's token.
        .col(ColumnDef::new("token_hash").binary_len(32).not_null().primary_key())
        .col(ColumnDef::new("purpose").text().not_null())
        // The address that it was sent to, as typed and normalised.
        .col(ColumnDef::new("email").text().not_null())
        .col(ColumnDef::new("email_key").text().not_null())
        // NULL if the link belongs only to an address.
        .col(ColumnDef::new("user_id").uuid())
        // SHA-256 of the binding cookie of the requesting browser; NULL if any browser may open the link.
        .col(ColumnDef::new("browser_hash").binary_len(32))
        .col(ColumnDef::new("expires_at").big_integer().not_null())
        .col(ColumnDef::new("used_at").big_integer())
        .foreign_key(&mut of_a_user("links"))
        .to_owned()
}

/// The queue of outgoing e-mails. Their content is encrypted, because it contains links.
fn mails() -> TableCreateStatement {
    Table::create()
        .table("mails")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(ColumnDef::new("content").blob().not_null())
        .col(ColumnDef::new("tries").big_integer().not_null().default(0))
        // NULL after the delivery was given up.
        .col(ColumnDef::new("next_try_at").big_integer())
        .col(ColumnDef::new("created_at").big_integer().not_null())
        .col(ColumnDef::new("expires_at").big_integer().not_null())
        .to_owned()
}

/// The unused recovery codes.
fn recovery_codes() -> TableCreateStatement {
    Table::create()
        .table("recovery_codes")
        .col(ColumnDef::new("user_id").uuid().not_null())
        .col(ColumnDef::new("code_hash").binary_len(32).not_null())
        .primary_key(Index::create().col("user_id").col("code_hash"))
        .foreign_key(&mut of_a_user("recovery_codes"))
        .to_owned()
}

/// Security events of accounts. Rows are never changed, and deleted after the retention period.
fn events() -> TableCreateStatement {
    Table::create()
        .table("events")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(ColumnDef::new("user_id").uuid().not_null())
        .col(ColumnDef::new("kind").text().not_null())
        .col(ColumnDef::new("at").big_integer().not_null())
        // The common names of browser and operating system, and the network part of the IP address.
        .col(ColumnDef::new("device").text())
        .col(ColumnDef::new("network").text())
        .foreign_key(&mut of_a_user("events"))
        .to_owned()
}

/// Rate limits: recent attempts by key.
fn tries() -> TableCreateStatement {
    Table::create()
        .table("tries")
        // SHA-256 of the key.
        .col(ColumnDef::new("what").binary_len(32).not_null().primary_key())
        .col(ColumnDef::new("count").big_integer().not_null())
        .col(ColumnDef::new("first_at").big_integer().not_null())
        // Attempts before this time are rejected.
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
