//! Many honest clients that refresh at the same time, for as long as a fault needs an audience.

use crate::json_client::{JsonClient, Tally};
use anyhow::{Context, ensure};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    sync::watch,
    task::{JoinHandle, JoinSet},
};

/// How long a crowd may take for what it is asked to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// Clients at work. The number of refreshes that succeeded so far is what one can wait for.
#[derive(Debug)]
pub struct LoadGenerator {
    clients: Vec<JoinHandle<anyhow::Result<JsonClient>>>,
    refreshes: watch::Sender<u64>,
    over: watch::Sender<bool>,
}

impl LoadGenerator {
    /// As many guests as asked for, who begin at the nodes in turn.
    ///
    /// # Errors
    /// An account wasn't made.
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

    /// Lets the clients refresh, one after the other finished, until [`Self::finish`].
    pub fn start(clients: Vec<JsonClient>) -> Self {
        let (refreshes, over) = (watch::Sender::new(0), watch::Sender::new(false));
        let clients = clients
            .into_iter()
            .map(|client| tokio::spawn(work(client, refreshes.clone(), over.subscribe())))
            .collect();
        Self { clients, refreshes, over }
    }

    /// Waits until the crowd has made `count` refreshes more.
    ///
    /// # Errors
    /// It takes too long.
    pub async fn more(&self, count: u64) -> anyhow::Result<()> {
        let mut refreshes = self.refreshes.subscribe();
        let goal = *refreshes.borrow_and_update() + count;
        let waiting = refreshes.wait_for(|refreshes| *refreshes >= goal);
        let so_far = || format!("the crowd came to {} and not {goal}", *self.refreshes.borrow());
        tokio::time::timeout(PATIENCE, waiting).await.with_context(so_far)??;
        Ok(())
    }

    /// Lets every client end with a refresh that succeeds.
    ///
    /// # Errors
    /// What went wrong for a client at any time: above all, that it was signed out.
    pub async fn finish(self) -> anyhow::Result<Vec<JsonClient>> {
        self.over.send_replace(true);
        let mut clients = Vec::new();
        for client in self.clients {
            clients.push(client.await??);
        }
        Ok(clients)
    }
}

async fn work(
    mut client: JsonClient,
    refreshes: watch::Sender<u64>,
    over: watch::Receiver<bool>,
) -> anyhow::Result<JsonClient> {
    while !*over.borrow() {
        client.refresh().await?;
        refreshes.send_modify(|refreshes| *refreshes += 1);
    }
    client.refresh().await?;
    Ok(client)
}

/// What all of them went through together.
///
/// # Errors
/// Nobody rotated: then there was nothing to see.
pub fn total(clients: &[JsonClient]) -> anyhow::Result<Tally> {
    let total =
        clients.iter().map(|client| client.tally).fold(Tally::default(), |sum, one| Tally {
            refreshes: sum.refreshes + one.refreshes,
            rotations: sum.rotations + one.rotations,
            reschedule: sum.reschedule + one.reschedule,
            lost: sum.lost + one.lost,
        });
    ensure!(total.rotations > 0, "nobody rotated: {total:?}");
    Ok(total)
}
