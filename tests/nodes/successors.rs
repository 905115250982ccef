//! Several nodes on one PostgreSQL act as one server: each accepts the tokens of the others.

use crate::helpers::{addrs, generations, profile, start_nodes};
use futures::future::join_all;
use serde_json::json;
use std::net::SocketAddr;
use support::{
    client::{Client, Response},
    json_client::JsonClient,
    postgres::Postgres,
};

async fn refresh_at(node: SocketAddr, token: &str) -> Response {
    let body = json!({"refresh_token": token});
    Client::new(node).request("POST", "/api/refresh", &[], Some(body)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_refreshed_at_three_nodes_at_once_has_one_successor_that_all_accept() {
    let database = Postgres::shared().database().await.unwrap();
    // The requests have no attempt id, so only the window lets all three succeed.
    let servers = start_nodes(3, &database.url, &[("HANDSTAMP_REUSE_WINDOW", "60s")]);
    let nodes = addrs(&servers);
    for _ in 0..10 {
        let guest = JsonClient::guest(&nodes).await.unwrap();
        let token = &guest.credentials.refresh_token;
        let answers = join_all(nodes.iter().map(|node| refresh_at(*node, token))).await;
        for answer in &answers {
            assert_eq!(answer.status, 200, "{answer:?}");
            assert_eq!(answer.body["refresh_token"], answers[0].body["refresh_token"]);
            assert_ne!(answer.body["refresh_token"], json!(token));
            for node in &nodes {
                let access_token = answer.body["access_token"].as_str().unwrap();
                assert_eq!(profile(*node, access_token).await.status, 200);
            }
        }
    }
    assert_eq!(generations(&database.url).await, 10, "each token was spent once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_rotates_at_every_node() {
    let database = Postgres::shared().database().await.unwrap();
    // Without a window there is no hold, and every refresh rotates.
    let servers = start_nodes(3, &database.url, &[("HANDSTAMP_REUSE_WINDOW", "0s")]);
    let nodes = addrs(&servers);
    let mut guest = JsonClient::guest(&nodes).await.unwrap();
    for step in 0..30 {
        guest.use_node(step % 3);
        assert!(guest.refresh().await.unwrap(), "step {step} did not rotate");
        let elsewhere = nodes[(step + 1) % 3];
        assert_eq!(profile(elsewhere, &guest.access_token).await.status, 200);
    }
    assert_eq!(generations(&database.url).await, 30);
}
