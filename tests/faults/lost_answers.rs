//! Answers that are lost after the refresh was committed: the honest client repeats with the same attempt
//! id, at once, after the window, or after a restart of server and client, and goes on.

use crate::helpers::{Node, generations};
use futures::future::join_all;
use std::time::Duration;
use support::{
    json_client::{JsonClient, Tried},
    load_generator::{LoadGenerator, total},
    postgres::Postgres,
    proxy::Proxy,
};
use tokio::task::JoinSet;

const CLIENTS: usize = 100;

/// How many rotations all clients make together before the restart, and as many after it.
const ROTATIONS: u64 = 10_000;

/// Of so many answers one is lost.
const LOST: u64 = 10;

const WINDOW: &str = "20ms";

/// Longer than the window: only the attempt id tells such a repeat from a theft.
const LATE: Duration = Duration::from_millis(30);

/// One client's share of the rotations. Of the answers that it loses it repeats one of five late.
async fn chain(mut client: JsonClient) -> anyhow::Result<JsonClient> {
    let goal = client.tally.rotations + ROTATIONS.div_ceil(CLIENTS as u64);
    while client.tally.rotations < goal {
        let tried = client.try_refresh().await?;
        if tried == Tried::Lost && client.tally.lost.is_multiple_of(5) {
            // Here time has to pass: the repeat has to come after the window.
            tokio::time::sleep(LATE).await;
        }
    }
    Ok(client)
}

async fn chains(clients: Vec<JsonClient>) -> Vec<JsonClient> {
    let chains: JoinSet<_> = clients.into_iter().map(chain).collect();
    chains.join_all().await.into_iter().map(Result::unwrap).collect()
}

/// A refresh of each client that rotates and whose answer is lost.
async fn lose_one_each(wire: &Proxy, clients: &mut [JsonClient]) {
    wire.drop_every(1);
    // Here time has to pass: what is held isn't rotated.
    tokio::time::sleep(LATE * 2).await;
    let tries = clients.iter_mut().map(JsonClient::try_refresh);
    for tried in join_all(tries).await {
        assert_eq!(tried.unwrap(), Tried::Lost);
    }
    wire.drop_every(LOST);
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_stay_logged_in_when_one_of_ten_responses_is_lost() {
    let database = Postgres::shared().database().await.unwrap();
    let settings = [("HANDSTAMP_REUSE_WINDOW", WINDOW)];
    let node = Node::start(&database.url, &settings);
    let wire = Proxy::start(node.addr().to_string()).await.unwrap();
    let clients = LoadGenerator::guests(&[wire.addr], CLIENTS).await.unwrap();

    wire.drop_every(LOST);
    let mut clients = chains(clients).await;
    lose_one_each(&wire, &mut clients).await;
    let (before, lost) = (total(&clients).unwrap(), i64::try_from(CLIENTS).unwrap());
    let known = i64::try_from(before.rotations).unwrap();
    assert_eq!(generations(&database.url).await, known + lost, "all of them were committed");

    node.stop();
    let node = Node::start(&database.url, &settings);
    wire.lead_to(node.addr().to_string());
    let kept = clients.into_iter().map(|client| client.kept);
    let restarted = kept.map(|kept| JsonClient::restarted(&[wire.addr], kept).unwrap()).collect();
    let clients = chains(restarted).await;

    let after = total(&clients).unwrap();
    eprintln!("{before:?}\n{after:?}\nanswers dropped: {}", wire.dropped());
    let rotations = i64::try_from(before.rotations + after.rotations).unwrap();
    assert!(before.lost + after.lost >= 2 * ROTATIONS / LOST, "{before:?} {after:?}");
    assert_eq!(generations(&database.url).await, rotations, "each repeat brought what was lost");
}
