//! SQLite that can't write: the disk is full, or somebody else holds the lock. Refreshes are put off,
//! reading goes on, nothing is written by half, and nobody has to restart anything.
//!
//! A disk of one process alone can be full, without mounting anything: its files may not grow beyond a
//! limit. A write beyond it fails as it does on a full disk, also in the middle of a page. What
//! can't be had in the same way, a read-only disk, is in `tests/api/database_errors.rs`.

use crate::helpers::{BINARY, Node, generations, profile, with_usual};
use futures::future::join_all;
use sea_orm::{ConnectionTrait, Database, TransactionTrait};
use std::{net::SocketAddr, path::Path};
use support::{
    json_client::{JsonClient, Tried},
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

/// Every client is put off, and can still read.
async fn assert_put_off(node: SocketAddr, clients: &mut [JsonClient]) {
    let tries = join_all(clients.iter_mut().map(JsonClient::try_refresh)).await;
    for tried in tries {
        assert_eq!(tried.unwrap(), Tried::Later(503));
    }
    for client in clients {
        assert_eq!(profile(node, &client.access_token).await.status, 200);
    }
}

async fn assert_whole(database: &str, clients: &[JsonClient]) {
    let wrong =
        "SELECT COUNT(*) AS number FROM pragma_integrity_check WHERE integrity_check <> 'ok'";
    assert_eq!(number(database, wrong).await.unwrap(), 0);
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
    assert_put_off(node.addr(), &mut clients).await;
    lock.rollback().await.unwrap();
    let clients = LoadGenerator::start(clients).finish().await.unwrap();
    assert_whole(&database, &clients).await;
    node.stop();
}

/// The signal that comes with a write beyond the limit would end the process. A full disk sends none.
#[cfg(target_os = "linux")]
fn start_with_limited_files(folder: &Path, database: &str) -> Node {
    let mut command = command("/bin/sh", folder, &with_usual(database, &WINDOW));
    command.args(["-c", "trap '' XFSZ; exec \"$0\"", BINARY]);
    Node::spawn(command)
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn refreshes_return_503_while_the_disk_is_full() {
    let (folder, database) = database();
    let node = start_with_limited_files(folder.path(), &database);
    let mut clients = LoadGenerator::guests(&[node.addr()], 10).await.unwrap();

    // Nobody writes now, so the next write begins at the end of the log, and breaks off after 1000 bytes.
    let log = std::fs::metadata(folder.path().join("h.db-wal")).unwrap().len();
    node.server.limit_files(Some(log + 1000)).unwrap();
    assert_put_off(node.addr(), &mut clients).await;
    node.server.limit_files(None).unwrap();
    for client in &mut clients {
        assert!(client.refresh().await.unwrap(), "nothing was rotated while the disk was full");
    }
    assert_whole(&database, &clients).await;

    let mut witnesses = clients.split_off(7);
    let crowd = LoadGenerator::start(clients);
    crowd.more(100).await.unwrap();
    node.server.limit_files(Some(1)).unwrap();
    // Here time has to pass: what is held isn't rotated, and needs no room.
    tokio::time::sleep(std::time::Duration::from_millis(250)).await;
    assert_put_off(node.addr(), &mut witnesses).await;
    node.server.limit_files(None).unwrap();
    crowd.more(100).await.unwrap();
    let mut clients = crowd.finish().await.unwrap();
    clients.extend(LoadGenerator::start(witnesses).finish().await.unwrap());
    assert_whole(&database, &clients).await;
    node.stop();
}
