//! A database that is older than the tokens of its clients, because it was restored from a backup:
//! genuine tokens go on, and the log says so.

use crate::helpers::{Node, generations};
use support::{
    crowd::{Crowd, total},
    native::Native,
    postgres::{Postgres, run},
};

/// Without a window there is no hold, and every refresh rotates.
const WINDOW: [(&str, &str); 1] = [("HANDSTAMP_REUSE_WINDOW", "0s")];

const WARNING: &str = "the database is behind a genuine refresh token";

async fn restart_and_rotate(
    database: &str,
    clients: Vec<Native>,
    times: usize,
) -> (Vec<Native>, String) {
    let node = Node::start(database, &WINDOW);
    let mut moved = Vec::new();
    for client in clients {
        let tally = client.tally;
        let mut client = Native::restarted(&[node.addr()], client.kept).unwrap();
        client.tally = tally;
        for _ in 0..times {
            assert!(client.refresh().await.unwrap(), "it was not rotated");
        }
        moved.push(client);
    }
    (moved, node.stop())
}

/// `backup` copies the database while no node runs, and answers the URL of the copy.
async fn clients_go_on_after_a_restore(database: &str, backup: impl AsyncFnOnce() -> String) {
    let node = Node::start(database, &WINDOW);
    let clients = Crowd::guests(&[node.addr()], 12).await.unwrap();
    node.stop();
    let (mut clients, log) = restart_and_rotate(database, clients, 2).await;
    assert!(!log.contains(WARNING), "{log}");
    let copy = backup().await;

    // Some are far ahead of the backup, some by one rotation, and some not at all.
    let still = clients.split_off(8);
    let one = clients.split_off(4);
    let (mut clients, _) = restart_and_rotate(database, clients, 5).await;
    clients.extend(restart_and_rotate(database, one, 1).await.0);
    clients.extend(still);

    let (clients, log) = restart_and_rotate(&copy, clients, 1).await;
    assert_eq!(log.matches(WARNING).count(), 8, "one for each that was ahead: {log}");
    let (clients, log) = restart_and_rotate(&copy, clients, 3).await;
    assert!(!log.contains(WARNING), "{log}");
    let rotations = total(&clients).unwrap().rotations;
    assert_eq!(generations(&copy).await, i64::try_from(rotations).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_with_newer_tokens_go_on_after_sqlite_was_restored_from_a_backup() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let database = format!("sqlite://{}", file("h.db"));
    let backup = async || {
        run(&database, &format!("VACUUM INTO '{}'", file("backup.db"))).await.unwrap();
        format!("sqlite://{}", file("backup.db"))
    };
    clients_go_on_after_a_restore(&database, backup).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_with_newer_tokens_go_on_after_postgresql_was_restored_from_a_backup() {
    let database = Postgres::shared().database().await.unwrap();
    let copy = std::sync::OnceLock::new();
    let backup = async || {
        let made = database.copy().await.unwrap();
        copy.get_or_init(|| made).url.clone()
    };
    clients_go_on_after_a_restore(&database.url, backup).await;
}
