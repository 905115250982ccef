//! A session ended at one node is rejected by all nodes, also if the notification is lost.

use crate::helpers::{Node, TIMEOUT, addrs, profile, start_nodes, wait_until};
use serde_json::{Value, json};
use std::{net::SocketAddr, time::Duration};
use support::{
    client::{Client, Response},
    json_client::JsonClient,
    postgres::{Postgres, number, run},
};

/// How soon every node must know a revocation.
const MAX_DELAY: Duration = Duration::from_secs(1);

/// How often the nodes poll the database. A notification arrives sooner.
const POLL_INTERVAL: Duration = Duration::from_millis(500);

const PASSWORD: &str = "correct horse battery";

/// The ways to end a session.
const ENDINGS: [&str; 3] = ["/api/logout", "DELETE /api/sessions/{id}", "/auth/log_out_everywhere"];

/// The connections whose last statement was LISTEN.
const LISTENERS: &str =
    "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'";

async fn wait_for_listeners(database: &str) {
    let count = format!("SELECT COUNT(*) AS number {LISTENERS}");
    wait_until("three nodes listen", TIMEOUT, async || {
        number(database, &count).await.unwrap() == 3
    })
    .await;
}

async fn cut_listeners(database: &str) {
    wait_for_listeners(database).await;
    let cut = format!("SELECT COUNT(pg_terminate_backend(pid)) AS number {LISTENERS}");
    assert!(number(database, &cut).await.unwrap() > 0, "no connection was cut");
}

async fn sign_up(node: SocketAddr) {
    let account = json!({"username": "ada", "email": "ada@example.org", "password": PASSWORD});
    let same_origin = [("sec-fetch-site", "same-origin")];
    let answer =
        Client::new(node).request("POST", "/auth/sign_up", &same_origin, Some(account)).await;
    assert_eq!(answer.unwrap().status, 200);
}

/// Ends the session of the client at a node.
async fn end(node: SocketAddr, ending: &str, client: &JsonClient) {
    let bearer = format!("Bearer {}", client.access_token);
    let headers = [("authorization", bearer.as_str()), ("sec-fetch-site", "same-origin")];
    let body = json!({"refresh_token": client.credentials.refresh_token});
    let (method, path, headers, body): (_, _, &[_], Option<Value>) = match ending {
        "/api/logout" => ("POST", ending.to_owned(), &[], Some(body)),
        "/auth/log_out_everywhere" => ("POST", ending.to_owned(), &headers, None),
        _ => {
            let profile = profile(node, &client.access_token).await;
            let id = profile.body["session"]["id"].as_str().unwrap().to_owned();
            ("DELETE", format!("/api/sessions/{id}"), &headers[..1], None)
        }
    };
    let answer = Client::new(node).request(method, &path, headers, body).await.unwrap();
    assert!(matches!(answer.status, 200 | 204), "{ending}: {answer:?}");
}

fn is_revoked(answer: &Response) -> bool {
    assert!(answer.status == 200 || answer.code() == "session_revoked", "{answer:?}");
    answer.status == 401
}

/// Ends a session at the first node. Returns how long it took until each other node knew.
async fn delays(nodes: &[SocketAddr], ending: &str, before: impl AsyncFnOnce()) -> Vec<Duration> {
    let client = JsonClient::log_in(nodes, "ada", PASSWORD).await.unwrap();
    for node in nodes {
        assert!(!is_revoked(&profile(*node, &client.access_token).await));
    }
    before().await;
    end(nodes[0], ending, &client).await;
    assert!(
        is_revoked(&profile(nodes[0], &client.access_token).await),
        "the node that ended it knows immediately"
    );
    let delays = nodes[1..].iter().map(|node| {
        let mut connection = Client::new(*node);
        let access_token = &client.access_token;
        wait_until(ending, MAX_DELAY, async move || {
            is_revoked(&connection.get("/api/profile", access_token).await.unwrap())
        })
    });
    futures::future::join_all(delays).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ended_at_one_node_is_rejected_by_the_others_within_a_second() {
    let database = Postgres::shared().database().await.unwrap();
    let servers = start_nodes(3, &database.url, &[]);
    let nodes = addrs(&servers);
    sign_up(nodes[0]).await;
    wait_for_listeners(&database.url).await;

    let mut announced = Vec::new();
    for ending in ENDINGS {
        announced.extend(delays(&nodes, ending, async || {}).await);
    }
    announced.sort();
    assert!(
        announced[announced.len() / 2] < POLL_INTERVAL / 2,
        "notifications are slow or missing: {announced:?}"
    );

    let mut cut = Vec::new();
    for ending in ENDINGS {
        cut.extend(delays(&nodes, ending, async || cut_listeners(&database.url).await).await);
    }

    run(&database.url, "DROP TRIGGER announce_revocation ON sessions").await.unwrap();
    let mut polled = Vec::new();
    for ending in ENDINGS {
        polled.extend(delays(&nodes, ending, async || {}).await);
    }
    polled.sort();
    eprintln!("announced {announced:?}\nlisteners cut {cut:?}\npolled {polled:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_node_knows_earlier_revocations() {
    let database = Postgres::shared().database().await.unwrap();
    let first = Node::start(&database.url, &[]);
    let client = JsonClient::guest(&[first.addr()]).await.unwrap();
    end(first.addr(), "/api/logout", &client).await;
    let later = Node::start(&database.url, &[]);
    assert!(is_revoked(&profile(later.addr(), &client.access_token).await));
}
