//! Settings that would end sessions or make nodes disagree stop the start, with one line that names the solution.

use crate::helpers::{Node, SECRET, TIMEOUT, failed_start, wait_until, with_defaults};
use std::{net::TcpListener, time::Duration};
use support::{
    json_client::JsonClient,
    postgres::{Postgres, number, run},
};

const OTHER_SECRET: &str = "//////////////////////////////////////////8=";

/// Asserts that the start fails with exit code 1 and one line on stderr that contains these words. Returns the line.
fn assert_refused(database: &str, settings: &[(&str, &str)], words: &[&str]) -> String {
    let settings = [with_defaults(database, settings), vec![("HANDSTAMP_LOG", "off")]].concat();
    let (output, took) = failed_start(&settings);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
    assert!(words.iter().all(|word| error.contains(word)), "{words:?} in: {error}");
    assert!(took < Duration::from_secs(10), "{took:?}: {error}");
    error
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_secret_is_refused_unless_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let file = format!("sqlite://{}/h.db", folder.path().display());
    let database = Postgres::shared().database().await.unwrap();
    for url in [&file, &database.url] {
        Node::start(url, &[]).stop();
        let other = [("HANDSTAMP_SECRET", OTHER_SECRET)];
        let words = ["HANDSTAMP_SECRET", "is not the secret", "--accept-new-secret"];
        let error = assert_refused(url, &other, &words);
        assert!(!error.contains(&OTHER_SECRET[..8]) && !error.contains(&SECRET[..8]), "{error}");
        Node::start_with(url, &other, &["--accept-new-secret"]).stop();
        // From now on the database accepts only the new secret.
        Node::start(url, &other).stop();
        assert_refused(url, &[], &words);
    }
}

/// A table with the name of a new table makes the last migration fail halfway.
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_migration_is_rolled_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = format!("sqlite://{}/h.db?mode=rwc", folder.path().display());
    let database = Postgres::shared().database().await.unwrap();
    for url in [&file, &database.url] {
        run(url, "CREATE TABLE tries (what INTEGER)").await.unwrap();
        assert_refused(url, &[], &["migrating", "tries"]);
        run(url, "DROP TABLE tries").await.unwrap();
        Node::start(url, &[]).stop();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_cannot_open_the_same_sqlite_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = format!("sqlite://{}/h.db", folder.path().display());
    let first = Node::start(&file, &[]);
    assert_refused(&file, &[], &["another handstamp", "h.db", "DATABASE_URL"]);
    first.server.signal("KILL").unwrap();
    first.server.wait().unwrap();
    let second = Node::start(&file, &[]);
    second.stop();
    let left: Vec<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with("-wal") || name.ends_with("-shm"))
        .collect();
    assert!(left.is_empty(), "a copy of the database file would be incomplete: {left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_differ_from_a_running_node_are_refused() {
    let database = Postgres::shared().database().await.unwrap();
    let running = Node::start(&database.url, &[]);
    for (variable, value) in [
        ("HANDSTAMP_ACCESS_TTL", "14m"),
        ("HANDSTAMP_REFRESH_TTL", "29d"),
        ("HANDSTAMP_IDLE_TTL", "7d"),
        ("HANDSTAMP_REUSE_WINDOW", "9s"),
        ("HANDSTAMP_PUBLIC_URL", "https://elsewhere.example"),
    ] {
        assert_refused(&database.url, &[(variable, value)], &[variable, "running node"]);
    }
    Node::start(&database.url, &[]).stop();
    running.stop();
    let others = [("HANDSTAMP_ACCESS_TTL", "14m"), ("HANDSTAMP_REFRESH_TTL", "29d")];
    Node::start(&database.url, &others).stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_can_be_rotated_node_by_node() {
    let database = Postgres::shared().database().await.unwrap();
    let (old_new, new_old) =
        (format!("{SECRET},{OTHER_SECRET}"), format!("{OTHER_SECRET},{SECRET}"));
    let window = ("HANDSTAMP_REUSE_WINDOW", "0s");
    let start =
        |secrets: &str| Node::start(&database.url, &[("HANDSTAMP_SECRET", secrets), window]);
    let mut clients = Vec::new();

    let first = start(SECRET);
    clients.push(JsonClient::guest(&[first.addr()]).await.unwrap());
    // With the new secret first, this node would issue tokens that the first node can't read.
    let words = ["HANDSTAMP_SECRET", "running node"];
    assert_refused(&database.url, &[("HANDSTAMP_SECRET", &new_old), window], &words);
    // The failed start has not changed the database.
    start(SECRET).stop();
    let second = start(&old_new);
    first.stop();
    clients.push(JsonClient::guest(&[second.addr()]).await.unwrap());
    let third = start(&new_old);
    clients.push(JsonClient::guest(&[third.addr()]).await.unwrap());
    for node in [second.addr(), third.addr(), second.addr()] {
        for client in &mut clients {
            *client = JsonClient::restarted(&[node], client.credentials.clone()).unwrap();
            assert!(client.refresh().await.unwrap());
        }
    }
    second.stop();
    third.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_secret_an_unreachable_database_and_a_newer_schema_stop_the_start() {
    let database = Postgres::shared().database().await.unwrap();
    assert_refused(&database.url, &[("HANDSTAMP_SECRET", "")], &["HANDSTAMP_SECRET", "PostgreSQL"]);

    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    // Accepts connections and never responds.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    for addr in [closed, silent.local_addr().unwrap()] {
        let url = format!("postgres://ada:hunter2@{addr}/handstamp");
        let error = assert_refused(&url, &[], &["DATABASE_URL", &addr.to_string()]);
        assert!(!error.contains("hunter2"), "{error}");
    }

    Node::start(&database.url, &[]).stop();
    let newer =
        "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29990101_000001_x', 0)";
    run(&database.url, newer).await.unwrap();
    assert_refused(&database.url, &[], &["newer version", "m29990101_000001_x"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_password_is_never_logged() {
    let database = Postgres::shared().database().await.unwrap();
    let (before, host) = database.url.rsplit_once('@').unwrap();
    // The server of the tests requires no password, and accepts any.
    let configured = before.splitn(3, ':').nth(2);
    let password = configured.unwrap_or("hunter2");
    let url = match configured {
        Some(_) => database.url.clone(),
        None => format!("{before}:{password}@{host}"),
    };
    let node = Node::start(&url, &[("HANDSTAMP_LOG", "trace")]);
    JsonClient::guest(&[node.addr()]).await.unwrap();
    let log = node.stop();
    assert!(log.contains("/auth/try_it") && !log.contains(password));
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_can_start_concurrently_on_an_empty_database() {
    let database = Postgres::shared().database().await.unwrap();
    let starts: Vec<_> = (0..3)
        .map(|_| {
            let url = database.url.clone();
            tokio::spawn(async move { Node::start(&url, &[]) })
        })
        .collect();
    let mut nodes = Vec::new();
    for start in starts {
        nodes.push(start.await.unwrap());
    }
    wait_until("three nodes are registered", TIMEOUT, async || {
        number(&database.url, "SELECT COUNT(*) AS number FROM nodes").await.unwrap() == 3
    })
    .await;
}
