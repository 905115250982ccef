//! A storm of refreshes while nodes die and connections break under it.

use crate::helpers::{addrs, generations, start_nodes};
use support::{
    load_generator::{LoadGenerator, total},
    postgres::{Postgres, by_way_of, place},
    proxy::Proxy,
};

/// Short enough for sessions to rotate all the time, long enough for all rows of the state table.
const WINDOW: [(&str, &str); 1] = [("HANDSTAMP_REUSE_WINDOW", "100ms")];

#[tokio::test(flavor = "multi_thread")]
async fn clients_stay_logged_in_when_nodes_are_killed_under_load() {
    let database = Postgres::shared().database().await.unwrap();
    let mut nodes = start_nodes(3, &database.url, &WINDOW);
    let crowd = LoadGenerator::start(LoadGenerator::guests(&addrs(&nodes), 45).await.unwrap());
    crowd.more(300).await.unwrap();
    for killed in [nodes.remove(0), nodes.remove(0)] {
        killed.server.signal("KILL").unwrap();
        crowd.more(300).await.unwrap();
    }
    let clients = crowd.finish().await.unwrap();
    let tally = total(&clients).unwrap();
    eprintln!("killed: {tally:?}");
    // A third was at the first node, and half of all at the second one.
    assert!(tally.lost >= 15, "{tally:?}");
    assert_eq!(generations(&database.url).await, i64::try_from(tally.rotations).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_stay_logged_in_when_database_connections_are_cut() {
    let database = Postgres::shared().database().await.unwrap();
    let wire = Proxy::start(place(&database.url)).await.unwrap();
    let nodes = start_nodes(2, &by_way_of(&database.url, wire.addr), &WINDOW);
    let crowd = LoadGenerator::start(LoadGenerator::guests(&addrs(&nodes), 30).await.unwrap());
    for _ in 0..20 {
        crowd.more(50).await.unwrap();
        wire.cut();
    }
    crowd.more(50).await.unwrap();
    let clients = crowd.finish().await.unwrap();
    let tally = total(&clients).unwrap();
    eprintln!("cut: {tally:?}");
    assert!(tally.reschedule > 0, "no cut hit anyone: {tally:?}");
    assert_eq!(tally.lost, 0, "the clients' own connections were never broken");
    assert_eq!(generations(&database.url).await, i64::try_from(tally.rotations).unwrap());
    for node in nodes {
        node.stop();
    }
}
