//! Server processes, and functions to wait for conditions and to read the state.

use std::{
    net::SocketAddr,
    process::{Command, Output},
    time::{Duration, Instant},
};
use support::{
    client::{Client, Response},
    postgres::number,
    process::{Server, command},
};
use tempfile::TempDir;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_handstamp");
pub(crate) const SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// The time limit for conditions whose duration is not under test.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(20);

/// A running node, in an empty working folder.
pub(crate) struct Node {
    pub(crate) server: Server,
    _folder: Option<TempDir>,
}

impl Node {
    /// Starts a node. The settings override the defaults.
    pub(crate) fn start(database: &str, settings: &[(&str, &str)]) -> Self {
        Self::start_with(database, settings, &[])
    }

    /// Starts a node with arguments.
    pub(crate) fn start_with(database: &str, settings: &[(&str, &str)], args: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = command(BINARY, folder.path(), &with_defaults(database, settings));
        command.args(args);
        Self { _folder: Some(folder), ..Self::spawn(command) }
    }

    /// Starts a node from a command.
    pub(crate) fn spawn(command: Command) -> Self {
        // Moves the other tasks of this thread, such as those of a proxy, to another thread.
        let started = tokio::task::block_in_place(|| Server::spawn(command));
        Self { server: started.unwrap(), _folder: None }
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.server.addr
    }

    /// Stops the node with SIGTERM, and returns its log.
    pub(crate) fn stop(self) -> String {
        let (code, log) = tokio::task::block_in_place(|| self.server.stop()).unwrap();
        assert_eq!(code, Some(0), "{log}");
        log
    }
}

/// Starts nodes of one database.
pub(crate) fn start_nodes(count: usize, database: &str, settings: &[(&str, &str)]) -> Vec<Node> {
    (0..count).map(|_| Node::start(database, settings)).collect()
}

pub(crate) fn addrs(nodes: &[Node]) -> Vec<SocketAddr> {
    nodes.iter().map(Node::addr).collect()
}

/// Runs a start that is expected to fail. Returns its output and duration.
pub(crate) fn failed_start(settings: &[(&str, &str)]) -> (Output, Duration) {
    let folder = tempfile::tempdir().unwrap();
    let started = Instant::now();
    let mut command = command(BINARY, folder.path(), settings);
    let output = tokio::task::block_in_place(|| command.output()).unwrap();
    (output, started.elapsed())
}

pub(crate) fn with_defaults<'a>(
    database: &'a str,
    settings: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    let defaults = [
        ("DATABASE_URL", database),
        ("HANDSTAMP_ADDR", "127.0.0.1:0"),
        // The nodes of one database must have the same public URL, although their ports differ.
        ("HANDSTAMP_PUBLIC_URL", "http://localhost:3000"),
        ("HANDSTAMP_SECRET", SECRET),
        ("HANDSTAMP_RATE_LIMITS", "off"),
        ("HANDSTAMP_DEMO", "true"),
        ("HANDSTAMP_LOG", "warn,handstamp=info"),
    ];
    let is_set = |name: &str| settings.iter().any(|(variable, _)| *variable == name);
    let kept = defaults.into_iter().filter(|(variable, _)| !is_set(variable));
    kept.chain(settings.iter().copied()).filter(|(_, value)| !value.is_empty()).collect()
}

/// Polls until the condition holds. Returns how long that took.
pub(crate) async fn wait_until(
    what: &str,
    deadline: Duration,
    mut condition: impl AsyncFnMut() -> bool,
) -> Duration {
    let started = Instant::now();
    while !condition().await {
        assert!(started.elapsed() < deadline, "not within {deadline:?}: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    started.elapsed()
}

/// Requests the profile of the token at this node.
pub(crate) async fn profile(node: SocketAddr, access_token: &str) -> Response {
    Client::new(node).get("/api/profile", access_token).await.unwrap()
}

/// Returns the number of rotations of all sessions of a database.
pub(crate) async fn generations(database: &str) -> i64 {
    let sql = "SELECT CAST(SUM(generation) AS bigint) AS number FROM sessions";
    number(database, sql).await.unwrap()
}
