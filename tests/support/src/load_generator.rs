//! Many clients that refresh concurrently until a test stops them.

use crate::json_client::{JsonClient, Stats};
use anyhow::{Context, ensure};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    sync::watch,
    task::{JoinHandle, JoinSet},
};

/// The time limit of [`LoadGenerator::wait_for_refreshes`].
const TIMEOUT: Duration = Duration::from_secs(60);

/// Running clients, with the number of refreshes that have succeeded.
#[derive(Debug)]
pub struct LoadGenerator {
    clients: Vec<JoinHandle<anyhow::Result<JsonClient>>>,
    refreshes: watch::Sender<u64>,
    stop: watch::Sender<bool>,
}

impl LoadGenerator {
    /// Creates this many guests, spread over the nodes.
    ///
    /// # Errors
    /// Fails if an account can't be created.
    pub async fn guests(nodes: &[SocketAddr], count: usize) -> anyhow::Result<Vec<JsonClient>> {
        let mut guests = JoinSet::new();
        for number in 0..count {
            let mut nodes = nodes.to_vec();
            let first = number % nodes.len();
            nodes.rotate_left(first);
            guests.spawn(async move { JsonClient::guest(&nodes).await });
        }
        guests.join_all().await.into_iter().collect()
    }

    /// Starts clients that each refresh in a loop until [`Self::finish`].
    pub fn start(clients: Vec<JsonClient>) -> Self {
        let (refreshes, stop) = (watch::Sender::new(0), watch::Sender::new(false));
        let clients = clients
            .into_iter()
            .map(|client| tokio::spawn(run(client, refreshes.clone(), stop.subscribe())))
            .collect();
        Self { clients, refreshes, stop }
    }

    /// Waits until `count` more refreshes have succeeded.
    ///
    /// # Errors
    /// Fails after a minute.
    pub async fn wait_for_refreshes(&self, count: u64) -> anyhow::Result<()> {
        let mut refreshes = self.refreshes.subscribe();
        let goal = *refreshes.borrow_and_update() + count;
        let waiting = refreshes.wait_for(|refreshes| *refreshes >= goal);
        let progress = || format!("{} of {goal} refreshes succeeded", *self.refreshes.borrow());
        tokio::time::timeout(TIMEOUT, waiting).await.with_context(progress)??;
        Ok(())
    }

    /// Stops the clients, each after one more successful refresh, and returns them.
    ///
    /// # Errors
    /// Returns the first error of a client, such as a session that has ended.
    pub async fn finish(self) -> anyhow::Result<Vec<JsonClient>> {
        self.stop.send_replace(true);
        let mut clients = Vec::new();
        for client in self.clients {
            clients.push(client.await??);
        }
        Ok(clients)
    }
}

async fn run(
    mut client: JsonClient,
    refreshes: watch::Sender<u64>,
    stop: watch::Receiver<bool>,
) -> anyhow::Result<JsonClient> {
    while !*stop.borrow() {
        client.refresh().await?;
        refreshes.send_modify(|refreshes| *refreshes += 1);
    }
    client.refresh().await?;
    Ok(client)
}

/// Returns the sum of the statistics.
///
/// # Errors
/// Fails if no session has rotated, because then the test proves nothing.
pub fn total(clients: &[JsonClient]) -> anyhow::Result<Stats> {
    let total =
        clients.iter().map(|client| client.stats).fold(Stats::default(), |sum, one| Stats {
            refreshes: sum.refreshes + one.refreshes,
            rotations: sum.rotations + one.rotations,
            deferred: sum.deferred + one.deferred,
            lost: sum.lost + one.lost,
        });
    ensure!(total.rotations > 0, "no session rotated: {total:?}");
    Ok(total)
}
