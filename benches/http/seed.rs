//! Databases with users and sessions.

use crate::server::SECRET;
use anyhow::{Context, ensure};
use base64::{Engine, engine::general_purpose::STANDARD};
use handstamp_engine::{
    keys::{KeyRing, ServerSecret},
    refresh_token::RefreshToken,
};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement, TransactionTrait, Value};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use support::postgres::Script;
use tempfile::TempDir;
use uuid::Uuid;
use zeroize::Zeroizing;

/// The number of users, who share the sessions.
const USERS: usize = 1000;

/// The number of sessions that one statement inserts. Statements time out after ten seconds.
const BATCH: usize = 90_000;

/// A session and its newest refresh token.
#[derive(Debug)]
pub(crate) struct Chain {
    pub(crate) token: String,
}

impl Chain {
    /// Stores the next token. Fails if it is the same one, because then the server did not rotate it.
    pub(crate) fn advance(&mut self, next: String) -> anyhow::Result<()> {
        ensure!(next != self.token && !next.is_empty(), "the token was not rotated");
        self.token = next;
        Ok(())
    }
}

/// A database. It is deleted on drop.
#[derive(Debug)]
pub(crate) struct BenchDatabase {
    pub(crate) url: String,
    pub(crate) db: DatabaseConnection,
    pub(crate) folder: TempDir,
    _server: Option<Script>,
}

impl BenchDatabase {
    /// Creates a SQLite file. Commits wait for the disk, as in the server.
    pub(crate) async fn sqlite() -> anyhow::Result<Self> {
        // Not in the temporary folder, which may be in memory.
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let url = format!("sqlite://{}/bench.db", folder.path().display());
        Self::open(url, folder, None).await
    }

    /// Starts a PostgreSQL server with `synchronous_commit` and `fsync` on, as by default.
    pub(crate) async fn postgres() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let server = Script::start(&["-c", "shared_buffers=512MB", "-c", "max_wal_size=4GB"])?;
        Self::open(server.url.clone(), folder, Some(server)).await
    }

    async fn open(url: String, folder: TempDir, server: Option<Script>) -> anyhow::Result<Self> {
        let mut opened = handstamp_server::db::connect(&url).await?;
        opened.release().await?;
        let db = opened.db;
        let insert = "INSERT INTO users (id, username, username_key, email, email_key, guest, created_at) \
                      VALUES ($1, $2, $2, $3, $3, FALSE, 0)";
        let transaction = db.begin().await?;
        for n in 0..USERS {
            let values: [Value; 3] = [
                Uuid::from_u128(n as u128 + 1).into(),
                format!("user-{n}").into(),
                format!("user-{n}@example.org").into(),
            ];
            transaction.execute_raw(statement(&db, insert, values)).await?;
        }
        transaction.commit().await?;
        Ok(Self { url, db, folder, _server: server })
    }

    pub(crate) fn is_postgres(&self) -> bool {
        self.db.get_database_backend() == DbBackend::Postgres
    }

    pub(crate) fn name(&self) -> &'static str {
        if self.is_postgres() { "PostgreSQL" } else { "SQLite" }
    }

    /// Replaces all sessions by `count` new ones.
    pub(crate) async fn seed_sessions(&self, count: usize) -> anyhow::Result<Vec<Chain>> {
        let secret = ServerSecret::new(STANDARD.decode(SECRET)?).context("the secret")?;
        let ring = KeyRing::new(&[secret]).map_err(anyhow::Error::msg)?;
        let insert = "INSERT INTO sessions (id, user_id, generation, token_hash, created_at, expires_at, last_seen_at) \
                      VALUES ($1, $2, 0, $3, $4, $5, $4)";
        let (now, end) = now_and_end();
        let transaction = self.db.begin().await?;
        transaction.execute_unprepared("DELETE FROM sessions").await?;
        let mut chains = Vec::with_capacity(count);
        for n in 0..count {
            let seed = Zeroizing::new([(n % 251) as u8; 32]);
            let token = RefreshToken::generate(ring.newest(), Uuid::new_v4(), seed);
            let values: [Value; 5] = [
                token.session().into(),
                Uuid::from_u128((n % USERS) as u128 + 1).into(),
                token.hash().to_vec().into(),
                now.into(),
                end.into(),
            ];
            transaction.execute_raw(statement(&self.db, insert, values)).await?;
            chains.push(Chain { token: token.expose_secret().to_owned() });
        }
        transaction.commit().await?;
        self.settle().await?;
        Ok(chains)
    }

    /// Adds `count` idle sessions in batches.
    pub(crate) async fn fill(&self, count: usize) -> anyhow::Result<()> {
        let (now, end) = now_and_end();
        let columns = "INSERT INTO sessions (id, user_id, generation, token_hash, created_at, expires_at, last_seen_at)";
        for from in (0..count).step_by(BATCH) {
            let to = count.min(from + BATCH);
            let sql = if self.is_postgres() {
                format!(
                    "{columns} SELECT gen_random_uuid(), lpad(to_hex(n % {USERS} + 1), 32, '0')::uuid, 0, \
                     sha256(n::text::bytea), {now}, {end}, {now} FROM generate_series({from}, {to} - 1) AS n"
                )
            } else {
                format!(
                    "WITH RECURSIVE numbers(n) AS (SELECT {from} UNION ALL SELECT n + 1 FROM numbers WHERE n < {to} - 1) \
                     {columns} SELECT randomblob(16), (SELECT id FROM users LIMIT 1), 0, randomblob(32), \
                     {now}, {end}, {now} FROM numbers"
                )
            };
            self.db.execute_unprepared(&sql).await?;
        }
        self.settle().await
    }

    /// Runs the maintenance that would otherwise run during the measurement.
    async fn settle(&self) -> anyhow::Result<()> {
        let statements: &[&str] = if self.is_postgres() {
            &["VACUUM ANALYZE sessions", "CHECKPOINT"]
        } else {
            &["ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)"]
        };
        for sql in statements {
            self.db.execute_unprepared(sql).await?;
        }
        Ok(())
    }
}

/// Returns a statement for this database.
pub(crate) fn statement(
    db: &DatabaseConnection,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Statement {
    Statement::from_sql_and_values(db.get_database_backend(), sql, values)
}

fn now_and_end() -> (i64, i64) {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
    let month = i64::try_from(Duration::from_secs(30 * 24 * 3600).as_millis()).unwrap_or(i64::MAX);
    (now, now + month)
}
