//! A PostgreSQL server. `bin/postgres` starts one, unless `HANDSTAMP_TEST_POSTGRES_URL` is the URL of a running one.
//! Its user must be allowed to create databases.

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

/// The variable with the URL of a running PostgreSQL.
pub const URL_VARIABLE: &str = "HANDSTAMP_TEST_POSTGRES_URL";

/// A server on which tests create databases.
#[derive(Debug)]
pub struct Postgres {
    url: String,
    is_temporary: bool,
    /// The script removes the server when this process ends.
    _script: Option<Script>,
}

impl Postgres {
    /// Returns the server that the tests of this process share. It runs without `fsync`.
    ///
    /// # Panics
    /// Panics if there is no PostgreSQL and none can be started.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(|| {
            if let Ok(url) = std::env::var(URL_VARIABLE) {
                return Self { url, is_temporary: false, _script: None };
            }
            let script = Script::start(&["-c", "fsync=off"]).expect("bin/postgres has to start");
            Self { url: script.url.clone(), is_temporary: true, _script: Some(script) }
        })
    }

    /// Creates an empty database with a new name.
    ///
    /// # Errors
    /// Fails if the server rejects it.
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

/// A database. Dropping this value drops the database, unless the server is temporary anyway.
#[derive(Debug)]
pub struct Database {
    /// The URL of the database.
    pub url: String,
    name: String,
    server: &'static Postgres,
}

impl Database {
    /// Creates a copy of this database. Closes all connections to this one.
    ///
    /// # Errors
    /// Fails if the server rejects it.
    pub async fn copy(&self) -> anyhow::Result<Self> {
        let disconnect = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'",
            self.name
        );
        run(&self.server.url, &disconnect).await?;
        self.server.copy_of(&self.name).await
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.server.is_temporary {
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

/// A running `bin/postgres`.
#[derive(Debug)]
pub struct Script {
    /// The URL of the server that it started.
    pub url: String,
    child: Child,
    commands: Option<ChildStdin>,
    replies: BufReader<ChildStdout>,
}

impl Script {
    /// Starts a server with these arguments.
    ///
    /// # Errors
    /// Fails if PostgreSQL is missing or doesn't start.
    pub fn start(arguments: &[&str]) -> anyhow::Result<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bin/postgres");
        let mut child = Command::new(script)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("starting bin/postgres")?;
        let commands = child.stdin.take();
        let replies = BufReader::new(child.stdout.take().context("bin/postgres has no output")?);
        let mut script = Self { url: String::new(), child, commands, replies };
        script.url = script.read_line()?;
        Ok(script)
    }

    /// Runs the command `stop` or `start`, and waits until it is done.
    ///
    /// # Errors
    /// Fails if the server didn't stop or start.
    pub fn run_command(&mut self, command: &str) -> anyhow::Result<()> {
        let commands = self.commands.as_mut().context("bin/postgres has no input")?;
        writeln!(commands, "{command}")?;
        ensure!(self.read_line()? == "ok", "bin/postgres {command}");
        Ok(())
    }

    fn read_line(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        ensure!(self.replies.read_line(&mut line)? > 0, "bin/postgres ended");
        Ok(line.trim().to_owned())
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        drop(self.commands.take());
        let _ = self.child.wait();
    }
}

/// Returns the URL with another database name.
pub fn with_database(url: &str, name: &str) -> String {
    let (server, options) = url.split_once('?').unwrap_or((url, ""));
    let server = server.rsplit_once('/').map_or(server, |(server, _)| server);
    if options.is_empty() {
        format!("{server}/{name}")
    } else {
        format!("{server}/{name}?{options}")
    }
}

/// Returns the URL with another address, such as that of a proxy.
pub fn with_address(url: &str, addr: SocketAddr) -> String {
    let current = host_and_port(url);
    match url.rsplit_once(current) {
        Some((before, after)) if !current.is_empty() => format!("{before}{addr}{after}"),
        _ => url.to_owned(),
    }
}

/// Returns the host and the port of a URL.
pub fn host_and_port(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
}

/// Runs a query over a new connection. Returns the column `number` of its only row.
///
/// # Errors
/// Fails if the connection or the query fails.
pub async fn number(url: &str, sql: &str) -> anyhow::Result<i64> {
    let connection = Connection::connect(url).await.context("connecting to the database")?;
    let row = connection
        .query_one_raw(Statement::from_string(connection.get_database_backend(), sql))
        .await;
    let row = row.with_context(|| sql.to_owned())?.context("no row")?;
    connection.close().await?;
    Ok(row.try_get("", "number")?)
}

/// Runs a statement over a new connection.
///
/// # Errors
/// Fails if the connection or the statement fails.
pub async fn run(url: &str, sql: &str) -> anyhow::Result<()> {
    let connection = Connection::connect(url).await.context("connecting to the database")?;
    connection.execute_unprepared(sql).await.with_context(|| sql.to_owned())?;
    connection.close().await?;
    Ok(())
}
