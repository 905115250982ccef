//! A database that is older than the tokens of its clients, because it was restored from a backup: genuine tokens stay
//! valid, and the log reports it.

use crate::helpers::{Node, generations};
use support::{
    json_client::JsonClient,
    load_generator::{LoadGenerator, total},
    postgres::{Postgres, run},
};

const WINDOW: [(&str, &str); 1] = [("HANDSTAMP_REUSE_WINDOW", "50ms")];

const CLIENTS: usize = 12;

/// Enough for every client to rotate at least once.
const REFRESHES: u64 = 400;

const WARNING: &str = "the database is behind a genuine refresh token";

/// Starts a node and restarts the clients, which refresh under load. Returns the clients and the log of the node.
async fn refresh_at(database: &str, clients: Vec<JsonClient>) -> (Vec<JsonClient>, String) {
    let node = Node::start(database, &WINDOW);
    let restart = |client: JsonClient| {
        let mut restarted = JsonClient::restarted(&[node.addr()], client.credentials).unwrap();
        restarted.stats = client.stats;
        restarted
    };
    let load = LoadGenerator::start(clients.into_iter().map(restart).collect());
    load.wait_for_refreshes(REFRESHES).await.unwrap();
    let clients = load.finish().await.unwrap();
    (clients, node.stop())
}

/// Restores a backup that is older than some clients. `backup` copies the database while no node runs, and returns the
/// URL of the copy.
async fn check_clients_after_a_restore(database: &str, backup: impl AsyncFnOnce() -> String) {
    let node = Node::start(database, &WINDOW);
    let clients = LoadGenerator::guests(&[node.addr()], CLIENTS).await.unwrap();
    node.stop();
    let (clients, log) = refresh_at(database, clients).await;
    assert!(!log.contains(WARNING), "{log}");
    let copy = backup().await;

    let before: Vec<u64> = clients.iter().map(|client| client.stats.rotations).collect();
    let (clients, log) = refresh_at(database, clients).await;
    assert!(!log.contains(WARNING), "{log}");
    let has_rotated = |(client, before): (&JsonClient, &u64)| client.stats.rotations > *before;
    let ahead = clients.iter().zip(&before).filter(|pair| has_rotated(*pair)).count();
    assert!(ahead > 0, "no session rotated after the backup");

    let (clients, log) = refresh_at(&copy, clients).await;
    assert_eq!(
        log.matches(WARNING).count(),
        ahead,
        "one warning per session that was ahead: {log}"
    );
    let (clients, log) = refresh_at(&copy, clients).await;
    assert!(!log.contains(WARNING), "{log}");
    let rotations = total(&clients).unwrap().rotations;
    assert_eq!(generations(&copy).await, i64::try_from(rotations).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_stay_logged_in_after_sqlite_was_restored_from_a_backup() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let database = format!("sqlite://{}", file("h.db"));
    let backup = async || {
        run(&database, &format!("VACUUM INTO '{}'", file("backup.db"))).await.unwrap();
        format!("sqlite://{}", file("backup.db"))
    };
    check_clients_after_a_restore(&database, backup).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_stay_logged_in_after_postgresql_was_restored_from_a_backup() {
    let database = Postgres::shared().database().await.unwrap();
    let copy = std::sync::OnceLock::new();
    let backup = async || {
        let made = database.copy().await.unwrap();
        copy.get_or_init(|| made).url.clone()
    };
    check_clients_after_a_restore(&database.url, backup).await;
}
