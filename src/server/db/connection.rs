//! Opens the database, SQLite or PostgreSQL, and migrates its schema.

use super::{Db, sqlite_file};
use anyhow::{Context, anyhow, bail, ensure};
use migrations::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectOptions, Database,
    sqlx::{self, Connection, PgConnection, postgres::PgConnectOptions, sqlite},
};
use std::{
    collections::HashSet,
    fmt,
    ops::Deref,
    path::PathBuf,
    str::FromStr,
    time::{Duration, Instant},
};
use url::Url;

/// The timeout of opening a connection, of waiting for a free one, and of waiting for the write lock of SQLite.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(5);

/// The maximum time that a starting node waits for the start of another node.
const START_LOCK_TIMEOUT: Duration = Duration::from_secs(60);

/// The interval at which a starting node tries to take the start lock.
const LOCK_INTERVAL: Duration = Duration::from_millis(100);

/// The statement timeout of PostgreSQL.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(10);

/// The key of the advisory lock that a node holds while it starts: a number that no other application uses.
const START_LOCK_KEY: i64 = 0x6861_6e64_7374_616d;

/// A database whose schema is up to date. No other node can start before the start lock is
/// [released](Self::release).
#[derive(Debug)]
pub struct Opened {
    /// The pool of connections.
    pub db: Db,
    /// The pool for writing. On SQLite it has one connection: writers wait in the pool's queue in order of arrival,
    /// instead of retrying on `SQLITE_BUSY`, and the connection keeps the pages that it wrote in its cache.
    pub writer: Db,
    lock: Option<PgConnection>,
}

impl Opened {
    /// Releases the start lock, so that other nodes can start.
    ///
    /// # Errors
    /// Fails if the lock was lost, because another node may have started concurrently.
    pub async fn release(&mut self) -> anyhow::Result<()> {
        let Some(mut lock) = self.lock.take() else { return Ok(()) };
        let held: bool = sqlx::query_scalar("SELECT pg_advisory_unlock($1)")
            .bind(START_LOCK_KEY)
            .fetch_one(&mut lock)
            .await
            .context("releasing the start lock")?;
        ensure!(held, "the start lock was lost; start again");
        Ok(lock.close().await?)
    }
}

/// The URL of the database. Its `Debug` output contains no password.
#[derive(Clone)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// Returns `None` if `text` is neither a SQLite file nor a URL of PostgreSQL. SQLite in memory is not supported.
    pub fn parse(text: &str) -> Option<Self> {
        let is_memory = |file: &PathBuf| matches!(file.to_str(), Some("" | ":memory:"));
        let is_file = sqlite_file::path(text).is_some_and(|file| !is_memory(&file));
        let is_server = is_postgres(text) && Url::parse(text).is_ok();
        (is_file || is_server).then(|| Self(text.to_owned()))
    }

    pub fn is_postgres(&self) -> bool {
        is_postgres(&self.0)
    }

    /// Returns the SQLite file, relative to the working directory.
    pub fn file(&self) -> Option<PathBuf> {
        sqlite_file::path(&self.0)
    }
}

impl Deref for DatabaseUrl {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_password(&self.0))
    }
}

fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

/// Removes the password of a URL that may be invalid: everything before the host, and the query. If the host can't be
/// found reliably, only the scheme is left.
pub fn without_password(url: &str) -> String {
    let is_scheme = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let scheme = url.split_once("://").filter(|(scheme, _)| is_scheme(scheme));
    let scheme = scheme.map(|(scheme, _)| format!("{scheme}://")).unwrap_or_default();
    let is_plain = |text: &str| {
        let is_file = text.starts_with("sqlite:");
        is_file || Url::parse(text).is_ok() || !text.contains([':', '=', ' '])
    };
    let without_query = |text: &str| text.split('?').next().unwrap_or_default().to_owned();
    match url.rsplit_once('@') {
        None if is_plain(url) => without_query(url),
        None => format!("{scheme}…"),
        Some((before, _)) if before.contains('?') => format!("{scheme}…"),
        Some((_, place)) => format!("{scheme}…@{}", without_query(place)),
    }
}

/// Connects to the database and migrates its schema.
///
/// # Errors
/// Fails if the folder of the file can't be written, if the database can't be reached, opened or migrated, or if a
/// newer version has migrated it. The message contains no password.
pub async fn connect(url: &str) -> anyhow::Result<Opened> {
    let redacted = without_password(url);
    let lock = if is_postgres(url) { Some(lock(url).await?) } else { None };
    let open = async |connections| {
        let options =
            if is_postgres(url) { postgres(url, connections) } else { sqlite(url, connections)? };
        Database::connect(options).await.with_context(|| format!("opening {redacted}"))
    };
    let db = open(if is_postgres(url) { 16 } else { 8 }).await?;
    migrate(url, &db).await.with_context(|| format!("migrating {redacted}"))?;
    let writer = if is_postgres(url) { db.clone() } else { open(1).await? };
    Ok(Opened { db, writer, lock })
}

/// Takes the start lock on a connection of its own. This is the first connection, because its error contains the cause;
/// the pool reports only a timeout.
async fn lock(url: &str) -> anyhow::Result<PgConnection> {
    let opening = async {
        let options = PgConnectOptions::from_str(url).map_err(|_| anyhow!("not a valid URL"))?;
        anyhow::Ok(PgConnection::connect_with(&options).await?)
    };
    let opened = tokio::time::timeout(CONNECTION_TIMEOUT, opening).await;
    let mut connection = opened
        .unwrap_or_else(|_| Err(anyhow!("no response within {} s", CONNECTION_TIMEOUT.as_secs())))
        .with_context(|| format!("opening {} (DATABASE_URL)", without_password(url)))?;
    let started = Instant::now();
    // A blocking `pg_advisory_lock` would deadlock: `CREATE INDEX CONCURRENTLY` in the starting node waits for all
    // older snapshots, and the waiting statement holds one.
    loop {
        let taken: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)")
            .bind(START_LOCK_KEY)
            .fetch_one(&mut connection)
            .await
            .context("taking the start lock")?;
        if taken {
            break;
        }
        ensure!(
            started.elapsed() < START_LOCK_TIMEOUT,
            "another node has been starting for {} s",
            START_LOCK_TIMEOUT.as_secs()
        );
        tokio::time::sleep(LOCK_INTERVAL).await;
    }
    Ok(connection)
}

async fn migrate(url: &str, db: &Db) -> anyhow::Result<()> {
    let known: HashSet<String> =
        Migrator::get_migration_files().iter().map(|step| step.name().to_owned()).collect();
    let applied = Migrator::get_migration_models(db).await?;
    if let Some(step) = applied.iter().find(|step| !known.contains(&step.version)) {
        bail!(
            "a newer version of handstamp has migrated the database (step {}); start that version, or restore an older backup",
            step.version
        );
    }
    if !is_postgres(url) || applied.len() == known.len() {
        return Ok(Migrator::up(db, None).await?);
    }
    // Without a statement timeout: a migration may take longer than a statement of a request.
    let without_timeout = Database::connect(pooled(url, 1)).await?;
    Migrator::up(&without_timeout, None).await?;
    Ok(without_timeout.close().await?)
}

fn postgres(url: &str, connections: u32) -> ConnectOptions {
    let mut options = pooled(url, connections);
    options
        .statement_timeout(STATEMENT_TIMEOUT)
        .map_sqlx_postgres_opts(|options| options.application_name("handstamp"))
        .map_sqlx_postgres_pool_opts(|options| {
            options.after_release(|connection, _| Box::pin(is_responsive(connection)))
        });
    options
}

/// Returns whether a connection responds. After a cancelled statement it may never respond again, and is closed.
async fn is_responsive(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let pong = tokio::time::timeout(Duration::from_secs(2), connection.ping()).await;
    pong.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map(|()| true)
}

fn sqlite(url: &str, connections: u32) -> anyhow::Result<ConnectOptions> {
    sqlite_file::create(&sqlite_file::path(url).unwrap_or_default())?;
    let mut options = pooled(url, connections);
    options.map_sqlx_sqlite_opts(durable);
    Ok(options)
}

fn pooled(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url.replacen("postgresql://", "postgres://", 1));
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(CONNECTION_TIMEOUT)
        .test_before_acquire_if_idle_for(Duration::from_secs(1))
        .sqlx_logging(false);
    options
}

/// Sets a write-ahead log that is flushed at every commit. A response is sent after the commit, so after a power
/// failure the database has every refresh token that a client has received.
fn durable(options: sqlite::SqliteConnectOptions) -> sqlite::SqliteConnectOptions {
    options
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(sqlite::SqliteJournalMode::Wal)
        .synchronous(sqlite::SqliteSynchronous::Full)
        .busy_timeout(CONNECTION_TIMEOUT)
}
