//! The database stops or hangs under load: the nodes report it, recover, and need no restart.

use crate::helpers::{TIMEOUT, addrs, generations, profile, start_nodes, wait_until};
use serde_json::json;
use std::{net::SocketAddr, time::Duration};
use support::{
    client::{Client, Response},
    json_client::{JsonClient, RefreshOutcome},
    load_generator::{LoadGenerator, total},
    postgres::{Postgres, Script, host_and_port, with_address},
    proxy::Proxy,
};
use tokio::task::block_in_place;

/// How soon a node must know a revocation of another node, once it reaches the database again.
const MAX_DELAY: Duration = Duration::from_secs(2);

const WINDOW: [(&str, &str); 1] = [("HANDSTAMP_REUSE_WINDOW", "100ms")];

async fn get(node: SocketAddr, path: &str) -> Response {
    Client::new(node).request("GET", path, &[], None).await.unwrap()
}

async fn log_out(node: SocketAddr, client: &JsonClient) -> u16 {
    let body = json!({"refresh_token": client.credentials.refresh_token});
    Client::new(node).request("POST", "/api/logout", &[], Some(body)).await.unwrap().status
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_stay_logged_in_when_postgresql_restarts_under_load() {
    let mut postgres = block_in_place(|| Script::start(&["-c", "fsync=off"])).unwrap();
    let servers = start_nodes(2, &postgres.url, &WINDOW);
    let nodes = addrs(&servers);
    let mut clients = LoadGenerator::guests(&nodes, 30).await.unwrap();
    let (mut observer, ended) = (clients.remove(0), clients.remove(0));
    let load = LoadGenerator::start(clients);
    for _ in 0..2 {
        load.wait_for_refreshes(100).await.unwrap();
        block_in_place(|| postgres.run_command("stop")).unwrap();
        for node in &nodes {
            let is_unready = async || get(*node, "/readyz").await.status == 503;
            wait_until("a node reports that it isn't ready", TIMEOUT, is_unready).await;
            assert_eq!(get(*node, "/healthz").await.status, 200);
        }
        assert_eq!(observer.refresh_once().await.unwrap(), RefreshOutcome::RetryLater(503));
        block_in_place(|| postgres.run_command("start")).unwrap();
    }

    wait_until("a session can be ended again", TIMEOUT, async || {
        log_out(nodes[0], &ended).await == 204
    })
    .await;
    wait_until("the other node is ready again", TIMEOUT, async || {
        get(nodes[1], "/readyz").await.status == 200
    })
    .await;
    let delay = wait_until("the other node knows the revocation", MAX_DELAY, async || {
        profile(nodes[1], &ended.access_token).await.code() == "session_revoked"
    })
    .await;

    load.wait_for_refreshes(100).await.unwrap();
    let mut clients = load.finish().await.unwrap();
    observer.refresh().await.unwrap();
    clients.push(observer);
    let stats = total(&clients).unwrap();
    eprintln!("outage: {stats:?}, revocation known after {delay:?}");
    assert!(stats.deferred >= 30, "{stats:?}");
    assert_eq!(stats.lost, 0, "no node stopped");
    let rotations = i64::try_from(stats.rotations).unwrap();
    assert_eq!(generations(&postgres.url).await, rotations);
    for node in servers {
        node.stop();
    }
}

/// As if a firewall dropped all packets: connections do not break, but nothing responds.
#[tokio::test(flavor = "multi_thread")]
async fn requests_fail_with_503_when_the_database_hangs() {
    let database = Postgres::shared().database().await.unwrap();
    let proxy = Proxy::start(host_and_port(&database.url)).await.unwrap();
    let servers = start_nodes(1, &with_address(&database.url, proxy.addr), &WINDOW);
    let nodes = addrs(&servers);
    let mut clients = LoadGenerator::guests(&nodes, 20).await.unwrap();
    let mut observer = clients.remove(0);
    let load = LoadGenerator::start(clients);
    load.wait_for_refreshes(100).await.unwrap();

    proxy.set_silent(true);
    let bearer = format!("Bearer {}", observer.access_token);
    let reading = async {
        let headers = [("authorization", bearer.as_str())];
        Client::new(nodes[0]).request("GET", "/api/profile", &headers, None).await.unwrap()
    };
    // The client fails if there is no response in time.
    let (read, refreshed) = tokio::join!(reading, observer.refresh_once());
    assert_eq!(read.code(), "unavailable");
    assert_eq!(refreshed.unwrap(), RefreshOutcome::RetryLater(503));

    proxy.set_silent(false);
    load.wait_for_refreshes(200).await.unwrap();
    observer.refresh().await.unwrap();
    let mut clients = load.finish().await.unwrap();
    clients.push(observer);
    let stats = total(&clients).unwrap();
    eprintln!("silence: {stats:?}");
    let rotations = i64::try_from(stats.rotations).unwrap();
    assert_eq!(generations(&database.url).await, rotations);
    for node in servers {
        node.stop();
    }
}
