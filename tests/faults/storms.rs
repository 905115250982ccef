//! Concurrent refreshes while nodes are killed and database connections are cut.

use crate::helpers::{addrs, generations, start_nodes};
use support::{
    load_generator::{LoadGenerator, total},
    postgres::{Postgres, host_and_port, with_address},
    proxy::Proxy,
};

/// Short enough for frequent rotations, long enough for all rows of the state table to occur.
const WINDOW: [(&str, &str); 1] = [("HANDSTAMP_REUSE_WINDOW", "100ms")];

#[tokio::test(flavor = "multi_thread")]
async fn clients_stay_logged_in_when_nodes_are_killed_under_load() {
    let database = Postgres::shared().database().await.unwrap();
    let mut nodes = start_nodes(3, &database.url, &WINDOW);
    let load = LoadGenerator::start(LoadGenerator::guests(&addrs(&nodes), 45).await.unwrap());
    load.wait_for_refreshes(300).await.unwrap();
    for killed in [nodes.remove(0), nodes.remove(0)] {
        killed.server.signal("KILL").unwrap();
        load.wait_for_refreshes(300).await.unwrap();
    }
    let clients = load.finish().await.unwrap();
    let stats = total(&clients).unwrap();
    eprintln!("killed: {stats:?}");
    // The first node had a third of the clients, and the second one half of them.
    assert!(stats.lost >= 15, "{stats:?}");
    assert_eq!(generations(&database.url).await, i64::try_from(stats.rotations).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_stay_logged_in_when_database_connections_are_cut() {
    let database = Postgres::shared().database().await.unwrap();
    let proxy = Proxy::start(host_and_port(&database.url)).await.unwrap();
    let nodes = start_nodes(2, &with_address(&database.url, proxy.addr), &WINDOW);
    let load = LoadGenerator::start(LoadGenerator::guests(&addrs(&nodes), 30).await.unwrap());
    for _ in 0..20 {
        load.wait_for_refreshes(50).await.unwrap();
        proxy.cut();
    }
    load.wait_for_refreshes(50).await.unwrap();
    let clients = load.finish().await.unwrap();
    let stats = total(&clients).unwrap();
    eprintln!("cut: {stats:?}");
    assert!(stats.deferred > 0, "no cut affected a request: {stats:?}");
    assert_eq!(stats.lost, 0, "a connection of a client broke");
    assert_eq!(generations(&database.url).await, i64::try_from(stats.rotations).unwrap());
    for node in nodes {
        node.stop();
    }
}
