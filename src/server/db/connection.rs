//! Opening the database, SQLite or PostgreSQL, and bringing its schema up to date.

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

/// How long opening a connection may take, or waiting for a free one.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a start waits for that of another node.
const LONGEST_START: Duration = Duration::from_secs(60);

/// How often a start asks whether that of another node is over.
const LOCK_INTERVAL: Duration = Duration::from_millis(100);

/// How long the database may work on one statement (PostgreSQL).
const LONGEST_STATEMENT: Duration = Duration::from_secs(10);

/// One start at a time: the key of an advisory lock, any number that nothing else uses.
const STARTING: i64 = 0x6861_6e64_7374_616d;

/// A database whose schema is up to date. Until it is [`released`](Self::release), no other node of
/// it starts.
#[derive(Debug)]
pub struct Opened {
    /// The pool of connections.
    pub db: Db,
    /// The connections that write. On SQLite it is one: writers take turns here, in the order in which
    /// they come, and not by trying again and again; and it finds the pages that it wrote in its own
    /// memory.
    pub writer: Db,
    lock: Option<PgConnection>,
}

impl Opened {
    /// Lets other nodes start.
    ///
    /// # Errors
    /// Fails if the lock was lost, because another node may have started concurrently.
    pub async fn release(&mut self) -> anyhow::Result<()> {
        let Some(mut lock) = self.lock.take() else { return Ok(()) };
        let held: bool = sqlx::query_scalar("SELECT pg_advisory_unlock($1)")
            .bind(STARTING)
            .fetch_one(&mut lock)
            .await
            .context("releasing the lock of the start")?;
        ensure!(held, "the lock of the start was lost; start again");
        Ok(lock.close().await?)
    }
}

/// Where the database is. Its `Debug` output holds no password.
#[derive(Clone)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// SQLite in a file, or PostgreSQL; nothing for whatever else `text` may be.
    pub fn parse(text: &str) -> Option<Self> {
        let is_memory = |file: &PathBuf| matches!(file.to_str(), Some("" | ":memory:"));
        let is_file = sqlite_file::path(text).is_some_and(|file| !is_memory(&file));
        let is_server = is_postgres(text) && Url::parse(text).is_ok();
        (is_file || is_server).then(|| Self(text.to_owned()))
    }

    /// Whether it is one of PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        is_postgres(&self.0)
    }

    /// The file of SQLite, from the working folder.
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

/// What was meant to be a URL, without the password that may stand in it: before the host or behind the
/// question mark. Where that can't be told apart, nothing but the scheme is left.
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

/// Connects, and brings the schema up to date.
///
/// # Errors
/// A folder that can't be written, a database that can't be reached, opened or migrated, or one that
/// a newer version has migrated. The text never holds a password.
pub async fn connect(url: &str) -> anyhow::Result<Opened> {
    let shown = without_password(url);
    let lock = if is_postgres(url) { Some(lock(url).await?) } else { None };
    let open = async |connections| {
        let options =
            if is_postgres(url) { postgres(url, connections) } else { sqlite(url, connections)? };
        Database::connect(options).await.with_context(|| format!("opening {shown}"))
    };
    let db = open(if is_postgres(url) { 16 } else { 8 }).await?;
    migrate(url, &db).await.with_context(|| format!("migrating {shown}"))?;
    let writer = if is_postgres(url) { db.clone() } else { open(1).await? };
    Ok(Opened { db, writer, lock })
}

/// Takes the lock of the start. It is also the first connection, whose error says what is wrong:
/// the pool's would only say that it waited in vain.
async fn lock(url: &str) -> anyhow::Result<PgConnection> {
    let opening = async {
        let options = PgConnectOptions::from_str(url).map_err(|_| anyhow!("not a valid URL"))?;
        anyhow::Ok(PgConnection::connect_with(&options).await?)
    };
    let opened = tokio::time::timeout(PATIENCE, opening).await;
    let mut connection = opened
        .unwrap_or_else(|_| Err(anyhow!("no answer within {} s", PATIENCE.as_secs())))
        .with_context(|| format!("opening {} (DATABASE_URL)", without_password(url)))?;
    let started = Instant::now();
    // Not one statement that waits: its snapshot would keep the node that starts from building an index
    // (`CREATE INDEX CONCURRENTLY` waits for all older snapshots), and both would wait for each other.
    loop {
        let taken: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)")
            .bind(STARTING)
            .fetch_one(&mut connection)
            .await
            .context("asking for the lock of the start")?;
        if taken {
            break;
        }
        ensure!(
            started.elapsed() < LONGEST_START,
            "another node has been starting for {} s",
            LONGEST_START.as_secs()
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
            "a newer version of handstamp has changed it (step {}); start that version, or restore the backup from before",
            step.version
        );
    }
    if !is_postgres(url) || applied.len() == known.len() {
        return Ok(Migrator::up(db, None).await?);
    }
    // A step may take longer than any statement of a request.
    let patient = Database::connect(pooled(url, 1)).await?;
    Migrator::up(&patient, None).await?;
    Ok(patient.close().await?)
}

fn postgres(url: &str, connections: u32) -> ConnectOptions {
    let mut options = pooled(url, connections);
    options
        .statement_timeout(LONGEST_STATEMENT)
        .map_sqlx_postgres_opts(|options| options.application_name("handstamp"))
        .map_sqlx_postgres_pool_opts(|options| {
            options.after_release(|connection, _| Box::pin(still_answers(connection)))
        });
    options
}

/// Returns whether a connection responds. A cancelled statement may leave a connection that never does; it is closed.
async fn still_answers(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let answer = tokio::time::timeout(Duration::from_secs(2), connection.ping()).await;
    answer.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map(|()| true)
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
        .acquire_timeout(PATIENCE)
        .test_before_acquire_if_idle_for(Duration::from_secs(1))
        .sqlx_logging(false);
    options
}

/// Write-ahead log with a commit that is on the disk before it is answered: a refresh token that a
/// client holds is never newer than what a power cut leaves in the database.
fn durable(options: sqlite::SqliteConnectOptions) -> sqlite::SqliteConnectOptions {
    options
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(sqlite::SqliteJournalMode::Wal)
        .synchronous(sqlite::SqliteSynchronous::Full)
        .busy_timeout(PATIENCE)
}
