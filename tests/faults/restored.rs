//! A database that is older than the tokens of its clients, because it was restored from a backup:
//! genuine tokens go on, and the log says so.

use crate::helpers::{Node, generations};
use support::{
    json_client::JsonClient,
    load_generator::{LoadGenerator, total},
    postgres::{Postgres, run},
};

const WINDOW: [(&str, &str); 1] = [("HANDSTAMP_REUSE_WINDOW", "50ms")];

const CLIENTS: usize = 12;

/// More than each client rotates once, whoever is the slowest.
const REFRESHES: u64 = 400;

const WARNING: &str = "the database is behind a genuine refresh token";

/// Starts a node; the clients, restarted with what they kept, refresh at once and over and over.
/// Answers them and the node's log.
async fn refresh_at(database: &str, clients: Vec<JsonClient>) -> (Vec<JsonClient>, String) {
    let node = Node::start(database, &WINDOW);
    let restart = |client: JsonClient| {
        let mut restarted = JsonClient::restarted(&[node.addr()], client.kept).unwrap();
        restarted.tally = client.tally;
        restarted
    };
    let crowd = LoadGenerator::start(clients.into_iter().map(restart).collect());
    crowd.more(REFRESHES).await.unwrap();
    let clients = crowd.finish().await.unwrap();
    (clients, node.stop())
}

/// `backup` copies the database while no node runs, and answers the URL of the copy.
async fn check_clients_after_a_restore(database: &str, backup: impl AsyncFnOnce() -> String) {
    let node = Node::start(database, &WINDOW);
    let clients = LoadGenerator::guests(&[node.addr()], CLIENTS).await.unwrap();
    node.stop();
    let (clients, log) = refresh_at(database, clients).await;
    assert!(!log.contains(WARNING), "{log}");
    let copy = backup().await;

    let before: Vec<u64> = clients.iter().map(|client| client.tally.rotations).collect();
    let (clients, log) = refresh_at(database, clients).await;
    assert!(!log.contains(WARNING), "{log}");
    let moved = |(client, before): (&JsonClient, &u64)| client.tally.rotations > *before;
    let ahead = clients.iter().zip(&before).filter(|pair| moved(*pair)).count();
    assert!(ahead > 0, "nobody rotated since the backup");

    let (clients, log) = refresh_at(&copy, clients).await;
    assert_eq!(log.matches(WARNING).count(), ahead, "one for each that was ahead: {log}");
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
