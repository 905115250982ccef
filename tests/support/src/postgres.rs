//! A real PostgreSQL: started here by `bin/postgres`, or one that `HANDSTAMP_TEST_POSTGRES_URL` names
//! (its user has to be allowed to make databases).

use anyhow::{Context, ensure};
use sea_orm::{ConnectionTrait, Database as Connection, Statement};
use std::{
    io::{BufRead, BufReader, Write},
    net::SocketAddr,
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

/// Names a PostgreSQL that is there already.
pub const GIVEN: &str = "HANDSTAMP_TEST_POSTGRES_URL";

/// A server to make databases on.
#[derive(Debug)]
pub struct Postgres {
    url: String,
    is_ours: bool,
    /// Lives as long as this process: when it is gone, the script takes the server away.
    _script: Option<Script>,
}

impl Postgres {
    /// The server that the tests of this process share. Its disk writes aren't waited for.
    ///
    /// # Panics
    /// When there is no PostgreSQL and none can be started.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(|| {
            if let Ok(url) = std::env::var(GIVEN) {
                return Self { url, is_ours: false, _script: None };
            }
            let script = Script::start(&["-c", "fsync=off"]).expect("bin/postgres has to start");
            Self { url: script.url.clone(), is_ours: true, _script: Some(script) }
        })
    }

    /// Makes a database of its own name, empty.
    ///
    /// # Errors
    /// The server's.
    pub async fn database(&'static self) -> anyhow::Result<Database> {
        self.copy_of("template1").await
    }

    async fn copy_of(&'static self, template: &str) -> anyhow::Result<Database> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::SeqCst);
        let name = format!("handstamp_test_{}_{count}", std::process::id());
        run(&self.url, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await?;
        Ok(Database { url: with_database(&self.url, &name), name, server: self })
    }
}

/// A database that is dropped with this value, where the server isn't thrown away anyhow.
#[derive(Debug)]
pub struct Database {
    /// Its URL.
    pub url: String,
    name: String,
    server: &'static Postgres,
}

impl Database {
    /// Makes a database that is as this one is now. Whoever is connected to this one is cut off.
    ///
    /// # Errors
    /// The server's.
    pub async fn copy(&self) -> anyhow::Result<Self> {
        let leave = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'",
            self.name
        );
        run(&self.server.url, &leave).await?;
        self.server.copy_of(&self.name).await
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.server.is_ours {
            return;
        }
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let url = self.server.url.clone();
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(run(&url, &sql))
        });
        let _ = dropped.join();
    }
}

/// `bin/postgres` at work.
#[derive(Debug)]
pub struct Script {
    /// The URL of its server.
    pub url: String,
    child: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Script {
    /// Starts a server of its own; `arguments` go to it.
    ///
    /// # Errors
    /// PostgreSQL isn't there, or doesn't start.
    pub fn start(arguments: &[&str]) -> anyhow::Result<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bin/postgres");
        let mut child = Command::new(script)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("starting bin/postgres")?;
        let orders = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().context("bin/postgres has no output")?);
        let mut script = Self { url: String::new(), child, orders, answers };
        script.url = script.read_line()?;
        Ok(script)
    }

    /// Tells it to `stop` or to `start`, and waits until that is done.
    ///
    /// # Errors
    /// The server didn't do so.
    pub fn tell(&mut self, order: &str) -> anyhow::Result<()> {
        let orders = self.orders.as_mut().context("bin/postgres was told to end")?;
        writeln!(orders, "{order}")?;
        ensure!(self.read_line()? == "ok", "bin/postgres {order}");
        Ok(())
    }

    fn read_line(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        ensure!(self.answers.read_line(&mut line)? > 0, "bin/postgres ended");
        Ok(line.trim().to_owned())
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        drop(self.orders.take());
        let _ = self.child.wait();
    }
}

/// The same server's URL for another database.
pub fn with_database(url: &str, name: &str) -> String {
    let (server, options) = url.split_once('?').unwrap_or((url, ""));
    let server = server.rsplit_once('/').map_or(server, |(server, _)| server);
    if options.is_empty() {
        format!("{server}/{name}")
    } else {
        format!("{server}/{name}?{options}")
    }
}

/// The same server's URL by way of another address, such as a proxy's.
pub fn by_way_of(url: &str, addr: SocketAddr) -> String {
    let place = place(url);
    match url.rsplit_once(place) {
        Some((before, after)) if !place.is_empty() => format!("{before}{addr}{after}"),
        _ => url.to_owned(),
    }
}

/// The host and the port in a URL.
pub fn place(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    authority.rsplit_once('@').map_or(authority, |(_, place)| place)
}

/// Reads one number over a connection of its own; the statement calls it `number`.
///
/// # Errors
/// The server's.
pub async fn number(url: &str, sql: &str) -> anyhow::Result<i64> {
    let connection = Connection::connect(url).await.context("connecting to the database")?;
    let row = connection
        .query_one_raw(Statement::from_string(connection.get_database_backend(), sql))
        .await;
    let row = row.with_context(|| sql.to_owned())?.context("no row")?;
    connection.close().await?;
    Ok(row.try_get("", "number")?)
}

/// Runs one statement over a connection of its own.
///
/// # Errors
/// The server's.
pub async fn run(url: &str, sql: &str) -> anyhow::Result<()> {
    let connection = Connection::connect(url).await.context("connecting to the database")?;
    connection.execute_unprepared(sql).await.with_context(|| sql.to_owned())?;
    connection.close().await?;
    Ok(())
}
