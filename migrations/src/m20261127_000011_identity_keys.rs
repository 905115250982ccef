//! Fills in the skeletons of user names, and converts the domains in the keys of e-mail addresses to ASCII. An account
//! is left unchanged if its skeleton or new key belongs to another account.
//!
//! Runs in several transactions, so that running nodes wait for at most one batch. After an interruption, it starts
//! again and writes the same values.

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use sea_orm_migration::{
    prelude::*,
    sea_orm::{
        ConnectionTrait, QueryResult, Statement, TransactionSession, TransactionTrait, Value,
    },
};
use unicode_normalization::UnicodeNormalization;

/// The number of accounts in one transaction.
const BATCH: i64 = 1000;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        each_account(db).await?;
        each_link(db).await
    }

    /// Does nothing. The previous version also finds accounts by the new keys, except those with an internationalised
    /// domain.
    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Ok(())
    }
}

/// Updates all accounts except guests, oldest first: if two conflict, the older one gets the new value.
async fn each_account(db: &(impl ConnectionTrait + TransactionTrait)) -> Result<(), DbErr> {
    let page = "SELECT username, username_key, email_key, created_at FROM users \
                WHERE guest = FALSE AND (created_at > $1 OR (created_at = $1 AND username_key > $2)) \
                ORDER BY created_at, username_key LIMIT $3";
    let skeletons = "UPDATE users SET username_skeleton = $1 WHERE username_key = $2 \
                     AND NOT EXISTS (SELECT 1 FROM users AS others WHERE others.username_skeleton = $1)";
    let keys = "UPDATE users SET email_key = $1 WHERE email_key = $2 \
                AND NOT EXISTS (SELECT 1 FROM users AS others WHERE others.email_key = $1)";
    let (mut created_at, mut last_key) = (i64::MIN, String::new());
    loop {
        let values: [Value; 3] = [created_at.into(), last_key.clone().into(), BATCH.into()];
        let rows = read(db, page, values).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        created_at = last.try_get("", "created_at")?;
        last_key = last.try_get("", "username_key")?;
        let transaction = db.begin().await?;
        for row in &rows {
            let (username, username_key): (String, String) =
                (row.try_get("", "username")?, row.try_get("", "username_key")?);
            write(&transaction, skeletons, [skeleton(&username).into(), username_key.into()])
                .await?;
            let email_key: String = row.try_get("", "email_key")?;
            if let Some(key) = ascii_key(&email_key).filter(|key| *key != email_key) {
                write(&transaction, keys, [key.into(), email_key.into()]).await?;
            }
        }
        transaction.commit().await?;
    }
}

/// Updates the keys of outstanding links.
async fn each_link(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    let rows = read(db, "SELECT DISTINCT email_key FROM links", []).await?;
    for row in rows {
        let email_key: String = row.try_get("", "email_key")?;
        if let Some(key) = ascii_key(&email_key).filter(|key| *key != email_key) {
            let sql = "UPDATE links SET email_key = $1 WHERE email_key = $2";
            write(db, sql, [key.into(), email_key.into()]).await?;
        }
    }
    Ok(())
}

async fn read<const N: usize>(
    db: &impl ConnectionTrait,
    sql: &str,
    values: [Value; N],
) -> Result<Vec<QueryResult>, DbErr> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    db.query_all_raw(statement).await
}

async fn write(db: &impl ConnectionTrait, sql: &str, values: [Value; 2]) -> Result<(), DbErr> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    db.execute_raw(statement).await.map(|_| ())
}

/// Returns the skeleton of a name (UTS #39 §4), computed before and after the conversion to lower case.
fn skeleton(name: &str) -> String {
    let as_shown: String = name.nfkc().collect();
    let as_shown: String = unicode_security::skeleton(&as_shown).collect();
    let lower = as_shown.to_lowercase();
    unicode_security::skeleton(&lower).collect::<String>().to_lowercase()
}

/// Returns a key with its domain in ASCII (UTS #46 §4.2), or `None` if the domain is invalid in DNS.
fn ascii_key(key: &str) -> Option<String> {
    let (local, domain) = key.rsplit_once('@')?;
    let (list, hyphens) = (AsciiDenyList::STD3, Hyphens::CheckFirstLast);
    let ascii = Uts46::new().to_ascii(domain.as_bytes(), list, hyphens, DnsLength::Verify).ok()?;
    Some(format!("{local}@{ascii}"))
}
