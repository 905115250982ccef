//! SQLite that can't write, because the disk is full or another process holds the lock: refreshes return 503, reads
//! work, nothing is written partially, and no restart is needed.
//!
//! A file size limit of the process simulates the full disk: a write beyond the limit fails as on a full disk, also in
//! the middle of a page. A read-only database is tested in `tests/api/database_errors.rs`.

use crate::helpers::{BINARY, Node, TIMEOUT, generations, profile, wait_until, with_defaults};
use futures::future::join_all;
use sea_orm::{ConnectionTrait, Database, TransactionTrait};
use std::{net::SocketAddr, path::Path};
use support::{
    json_client::{JsonClient, RefreshOutcome},
    load_generator::{LoadGenerator, total},
    postgres::number,
    process::command,
};
use tempfile::TempDir;

const WINDOW: [(&str, &str); 1] = [("HANDSTAMP_REUSE_WINDOW", "100ms")];

fn database() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/h.db", folder.path().display());
    (folder, url)
}

/// Asserts that every refresh returns 503 and that reads work.
async fn assert_deferred(node: SocketAddr, clients: &mut [JsonClient]) {
    for outcome in join_all(clients.iter_mut().map(JsonClient::refresh_once)).await {
        assert_eq!(outcome.unwrap(), RefreshOutcome::RetryLater(503));
    }
    for client in clients {
        assert_eq!(profile(node, &client.access_token).await.status, 200);
    }
}

/// Waits until the hold of every session is over, because within the hold a refresh needs no write.
#[cfg(target_os = "linux")]
async fn wait_until_deferred(clients: &mut [JsonClient]) {
    for client in clients {
        wait_until("a refresh needs a write", TIMEOUT, async || {
            let outcome = client.refresh_once().await.unwrap();
            assert_ne!(outcome, RefreshOutcome::Refreshed { rotated: true }, "the disk is full");
            outcome == RefreshOutcome::RetryLater(503)
        })
        .await;
    }
}

/// Asserts that the database is not corrupt, and that it has exactly the rotations that the clients have seen.
async fn assert_whole(database: &str, clients: &[JsonClient]) {
    let errors =
        "SELECT COUNT(*) AS number FROM pragma_integrity_check WHERE integrity_check <> 'ok'";
    assert_eq!(number(database, errors).await.unwrap(), 0);
    let rotations = total(clients).unwrap().rotations;
    assert_eq!(generations(database).await, i64::try_from(rotations).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn refreshes_return_503_while_another_process_locks_sqlite() {
    let (_folder, database) = database();
    let node = Node::start(&database, &WINDOW);
    let mut clients = LoadGenerator::guests(&[node.addr()], 10).await.unwrap();
    let other = Database::connect(&database).await.unwrap();
    let lock = other.begin().await.unwrap();
    lock.execute_unprepared("UPDATE remembered SET value = value").await.unwrap();
    assert_deferred(node.addr(), &mut clients).await;
    lock.rollback().await.unwrap();
    let clients = LoadGenerator::start(clients).finish().await.unwrap();
    assert_whole(&database, &clients).await;
    node.stop();
}

/// Ignores SIGXFSZ, which a write beyond the limit sends and a full disk does not.
#[cfg(target_os = "linux")]
fn start_with_limited_files(folder: &Path, database: &str) -> Node {
    let mut command = command("/bin/sh", folder, &with_defaults(database, &WINDOW));
    command.args(["-c", "trap '' XFSZ; exec \"$0\"", BINARY]);
    Node::spawn(command)
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn refreshes_return_503_while_the_disk_is_full() {
    let (folder, database) = database();
    let node = start_with_limited_files(folder.path(), &database);
    let mut clients = LoadGenerator::guests(&[node.addr()], 10).await.unwrap();

    // There are no other writes, so the next one starts at the end of the WAL and fails after 1000 bytes.
    let wal = std::fs::metadata(folder.path().join("h.db-wal")).unwrap().len();
    node.server.limit_files(Some(wal + 1000)).unwrap();
    assert_deferred(node.addr(), &mut clients).await;
    node.server.limit_files(None).unwrap();
    for client in &mut clients {
        assert!(
            client.refresh().await.unwrap(),
            "the session did not rotate while the disk was full"
        );
    }
    assert_whole(&database, &clients).await;

    let mut idle = clients.split_off(7);
    let load = LoadGenerator::start(clients);
    load.wait_for_refreshes(100).await.unwrap();
    node.server.limit_files(Some(1)).unwrap();
    wait_until_deferred(&mut idle).await;
    assert_deferred(node.addr(), &mut idle).await;
    node.server.limit_files(None).unwrap();
    load.wait_for_refreshes(100).await.unwrap();
    let mut clients = load.finish().await.unwrap();
    clients.extend(LoadGenerator::start(idle).finish().await.unwrap());
    assert_whole(&database, &clients).await;
    node.stop();
}
