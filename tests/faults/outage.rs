//! The database goes away under load and comes back: the nodes say so, wait, and need no restart.

use crate::helpers::{PATIENCE, addrs, generations, profile, start_nodes, until};
use serde_json::json;
use std::{net::SocketAddr, time::Duration};
use support::{
    client::{Answer, Client},
    json_client::{JsonClient, Tried},
    load_generator::{LoadGenerator, total},
    postgres::{Postgres, Script, by_way_of, place},
    proxy::Proxy,
};
use tokio::task::block_in_place;

/// How soon the other node has to know what one of them revoked, once it reaches the database again.
const AT_ONCE: Duration = Duration::from_secs(2);

const WINDOW: [(&str, &str); 1] = [("HANDSTAMP_REUSE_WINDOW", "100ms")];

async fn ask(node: SocketAddr, path: &str) -> Answer {
    Client::new(node).ask("GET", path, &[], None).await.unwrap()
}

async fn log_out(node: SocketAddr, client: &JsonClient) -> u16 {
    let body = json!({"refresh_token": client.kept.refresh_token});
    Client::new(node).ask("POST", "/api/logout", &[], Some(body)).await.unwrap().status
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_stay_logged_in_when_postgresql_restarts_under_load() {
    let mut postgres = block_in_place(|| Script::start(&["-c", "fsync=off"])).unwrap();
    let fleet = start_nodes(2, &postgres.url, &WINDOW);
    let nodes = addrs(&fleet);
    let mut clients = LoadGenerator::guests(&nodes, 30).await.unwrap();
    let (mut witness, ended) = (clients.remove(0), clients.remove(0));
    let crowd = LoadGenerator::start(clients);
    for _ in 0..2 {
        crowd.more(100).await.unwrap();
        block_in_place(|| postgres.tell("stop")).unwrap();
        for node in &nodes {
            let is_unready = async || ask(*node, "/readyz").await.status == 503;
            until("a node says that it isn't ready", PATIENCE, is_unready).await;
            assert_eq!(ask(*node, "/healthz").await.status, 200);
        }
        assert_eq!(witness.try_refresh().await.unwrap(), Tried::Later(503));
        block_in_place(|| postgres.tell("start")).unwrap();
    }

    until("a session can be ended again", PATIENCE, async || {
        log_out(nodes[0], &ended).await == 204
    })
    .await;
    until("the other node is ready again", PATIENCE, async || {
        ask(nodes[1], "/readyz").await.status == 200
    })
    .await;
    let known = until("the other node knows", AT_ONCE, async || {
        profile(nodes[1], &ended.access_token).await.code() == "session_revoked"
    })
    .await;

    crowd.more(100).await.unwrap();
    let mut clients = crowd.finish().await.unwrap();
    witness.refresh().await.unwrap();
    clients.push(witness);
    let tally = total(&clients).unwrap();
    eprintln!("outage: {tally:?}, revocation known after {known:?}");
    assert!(tally.reschedule >= 30, "{tally:?}");
    assert_eq!(tally.lost, 0, "the nodes lived all the time");
    let rotations = i64::try_from(tally.rotations).unwrap();
    assert_eq!(generations(&postgres.url).await, rotations);
    for node in fleet {
        node.stop();
    }
}

/// As when a firewall drops what comes: no connection breaks, and none answers.
#[tokio::test(flavor = "multi_thread")]
async fn requests_fail_with_503_when_the_database_hangs() {
    let database = Postgres::shared().database().await.unwrap();
    let wire = Proxy::start(place(&database.url)).await.unwrap();
    let fleet = start_nodes(1, &by_way_of(&database.url, wire.addr), &WINDOW);
    let nodes = addrs(&fleet);
    let mut clients = LoadGenerator::guests(&nodes, 20).await.unwrap();
    let mut witness = clients.remove(0);
    let crowd = LoadGenerator::start(clients);
    crowd.more(100).await.unwrap();

    wire.set_silent(true);
    let bearer = format!("Bearer {}", witness.access_token);
    let reading = async {
        let headers = [("authorization", bearer.as_str())];
        Client::new(nodes[0]).ask("GET", "/api/profile", &headers, None).await.unwrap()
    };
    // The client itself fails where there is no answer in time.
    let (read, refreshed) = tokio::join!(reading, witness.try_refresh());
    assert_eq!(read.code(), "unavailable");
    assert_eq!(refreshed.unwrap(), Tried::Later(503));

    wire.set_silent(false);
    crowd.more(200).await.unwrap();
    witness.refresh().await.unwrap();
    let mut clients = crowd.finish().await.unwrap();
    clients.push(witness);
    let tally = total(&clients).unwrap();
    eprintln!("silence: {tally:?}");
    let rotations = i64::try_from(tally.rotations).unwrap();
    assert_eq!(generations(&database.url).await, rotations);
    for node in fleet {
        node.stop();
    }
}
