//! Nodes to break.

use std::{
    net::SocketAddr,
    process::{Command, Output},
    time::{Duration, Instant},
};
use support::{
    client::{Answer, Client},
    postgres::number,
    process::{Server, command},
};
use tempfile::TempDir;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_handstamp");
pub(crate) const SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// How long a node may take for what isn't a question of speed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A running node, in an empty working folder.
pub(crate) struct Node {
    pub(crate) server: Server,
    _folder: Option<TempDir>,
}

impl Node {
    /// Starts with these settings in the place of the usual ones.
    pub(crate) fn start(database: &str, settings: &[(&str, &str)]) -> Self {
        Self::start_with(database, settings, &[])
    }

    /// Starts with arguments.
    pub(crate) fn start_with(database: &str, settings: &[(&str, &str)], args: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = command(BINARY, folder.path(), &with_usual(database, settings));
        command.args(args);
        Self { _folder: Some(folder), ..Self::spawn(command) }
    }

    /// Starts what was made by hand.
    pub(crate) fn spawn(command: Command) -> Self {
        // The tasks on this thread, such as a proxy's, go on at another one meanwhile.
        let started = tokio::task::block_in_place(|| Server::spawn(command));
        Self { server: started.unwrap(), _folder: None }
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.server.addr
    }

    /// Stops it in good order; everything that it logged.
    pub(crate) fn stop(self) -> String {
        let (code, log) = tokio::task::block_in_place(|| self.server.stop()).unwrap();
        assert_eq!(code, Some(0), "{log}");
        log
    }
}

/// As many nodes of one database.
pub(crate) fn start_nodes(count: usize, database: &str, settings: &[(&str, &str)]) -> Vec<Node> {
    (0..count).map(|_| Node::start(database, settings)).collect()
}

pub(crate) fn addrs(nodes: &[Node]) -> Vec<SocketAddr> {
    nodes.iter().map(Node::addr).collect()
}

/// The outcome of a start that is to fail, and how long it took.
pub(crate) fn refused(settings: &[(&str, &str)]) -> (Output, Duration) {
    let folder = tempfile::tempdir().unwrap();
    let started = Instant::now();
    let mut command = command(BINARY, folder.path(), settings);
    let output = tokio::task::block_in_place(|| command.output()).unwrap();
    (output, started.elapsed())
}

pub(crate) fn with_usual<'a>(
    database: &'a str,
    settings: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    let usual = [
        ("DATABASE_URL", database),
        ("HANDSTAMP_ADDR", "127.0.0.1:0"),
        // The nodes of one database have to agree on it, whatever their ports are.
        ("HANDSTAMP_PUBLIC_URL", "http://localhost:3000"),
        ("HANDSTAMP_SECRET", SECRET),
        ("HANDSTAMP_RATE_LIMITS", "off"),
        ("HANDSTAMP_DEMO", "true"),
        ("HANDSTAMP_LOG", "warn,handstamp=info"),
    ];
    let is_set = |name: &str| settings.iter().any(|(variable, _)| *variable == name);
    let kept = usual.into_iter().filter(|(variable, _)| !is_set(variable));
    kept.chain(settings.iter().copied()).filter(|(_, value)| !value.is_empty()).collect()
}

/// Polls until it is so; how long that took.
pub(crate) async fn until(
    what: &str,
    deadline: Duration,
    mut is_so: impl AsyncFnMut() -> bool,
) -> Duration {
    let started = Instant::now();
    while !is_so().await {
        assert!(started.elapsed() < deadline, "not within {deadline:?}: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    started.elapsed()
}

/// Who it is, at this node.
pub(crate) async fn profile(node: SocketAddr, access_token: &str) -> Answer {
    Client::new(node).get("/api/profile", access_token).await.unwrap()
}

/// How often the sessions of a database have rotated, all together.
pub(crate) async fn generations(database: &str) -> i64 {
    let sql = "SELECT CAST(SUM(generation) AS bigint) AS number FROM sessions";
    number(database, sql).await.unwrap()
}
