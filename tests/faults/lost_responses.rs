//! Responses that are lost after the refresh was committed: the client repeats the refresh with the same attempt id,
//! immediately, after the window, or after a restart of server and client, and stays logged in.

use crate::helpers::{Node, TIMEOUT, generations, wait_until};
use futures::future::join_all;
use std::time::{Duration, SystemTime};
use support::{
    json_client::{JsonClient, RefreshOutcome},
    load_generator::{LoadGenerator, total},
    postgres::{Postgres, number},
    proxy::Proxy,
};
use tokio::task::JoinSet;

const CLIENTS: usize = 100;

/// How many rotations all clients together make before the restart, and again after it.
const ROTATIONS: u64 = 10_000;

/// One of this many responses is lost.
const LOSS_INTERVAL: u64 = 10;

const WINDOW: &str = "20ms";

/// Twice the window.
const HOLD: Duration = Duration::from_millis(40);

/// Longer than the window, so that only the attempt id distinguishes such a repeat from reuse.
const LATE: Duration = Duration::from_millis(30);

/// Refreshes until the client has made its share of the rotations. Every fifth lost response is repeated late.
async fn rotate(mut client: JsonClient) -> anyhow::Result<JsonClient> {
    let goal = client.stats.rotations + ROTATIONS.div_ceil(CLIENTS as u64);
    while client.stats.rotations < goal {
        let outcome = client.refresh_once().await?;
        if outcome == RefreshOutcome::ConnectionLost && client.stats.lost.is_multiple_of(5) {
            // A real sleep: the repeat must come after the window, and nothing observable ends it.
            tokio::time::sleep(LATE).await;
        }
    }
    Ok(client)
}

async fn rotate_all(clients: Vec<JsonClient>) -> Vec<JsonClient> {
    let tasks: JoinSet<_> = clients.into_iter().map(rotate).collect();
    tasks.join_all().await.into_iter().map(Result::unwrap).collect()
}

/// Waits until every session can rotate again.
async fn wait_until_no_session_is_held(database: &str) {
    wait_until("every hold is over", TIMEOUT, async || {
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap();
        let latest = (now - HOLD).as_millis();
        let sql = format!("SELECT COUNT(*) AS number FROM sessions WHERE last_seen_at > {latest}");
        number(database, &sql).await.unwrap() == 0
    })
    .await;
}

/// Lets every client send one refresh that rotates the session and whose response is lost.
async fn lose_one_each(proxy: &Proxy, clients: &mut [JsonClient], database: &str) {
    proxy.drop_every(1);
    wait_until_no_session_is_held(database).await;
    let refreshes = clients.iter_mut().map(JsonClient::refresh_once);
    for outcome in join_all(refreshes).await {
        assert_eq!(outcome.unwrap(), RefreshOutcome::ConnectionLost);
    }
    proxy.drop_every(LOSS_INTERVAL);
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_stay_logged_in_when_one_of_ten_responses_is_lost() {
    let database = Postgres::shared().database().await.unwrap();
    let settings = [("HANDSTAMP_REUSE_WINDOW", WINDOW)];
    let node = Node::start(&database.url, &settings);
    let proxy = Proxy::start(node.addr().to_string()).await.unwrap();
    let clients = LoadGenerator::guests(&[proxy.addr], CLIENTS).await.unwrap();

    proxy.drop_every(LOSS_INTERVAL);
    let mut clients = rotate_all(clients).await;
    lose_one_each(&proxy, &mut clients, &database.url).await;
    let (before, lost) = (total(&clients).unwrap(), i64::try_from(CLIENTS).unwrap());
    let known = i64::try_from(before.rotations).unwrap();
    assert_eq!(generations(&database.url).await, known + lost, "every lost refresh was committed");

    node.stop();
    let node = Node::start(&database.url, &settings);
    proxy.set_target(node.addr().to_string());
    let restart =
        |client: JsonClient| JsonClient::restarted(&[proxy.addr], client.credentials).unwrap();
    let restarted = clients.into_iter().map(restart).collect();
    let clients = rotate_all(restarted).await;

    let after = total(&clients).unwrap();
    eprintln!("{before:?}\n{after:?}\nresponses dropped: {}", proxy.dropped());
    let rotations = i64::try_from(before.rotations + after.rotations).unwrap();
    assert!(before.lost + after.lost >= 2 * ROTATIONS / LOSS_INTERVAL, "{before:?} {after:?}");
    assert_eq!(
        generations(&database.url).await,
        rotations,
        "every repeat returned the lost successor"
    );
}
