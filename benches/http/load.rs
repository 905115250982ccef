//! Load generators: a number of connections that send requests for a time, each one as soon as it has a response.

use crate::{
    client::{Client, get, post},
    seed::Chain,
    server::{BenchServer, REFRESH_COOKIE},
};
use anyhow::{Context, ensure};
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

const ACCOUNTS: usize = 8;
const PASSWORD: &str = "correct horse battery";

/// The throughput and latency under a load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    pub(crate) per_second: f64,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
}

impl Measured {
    fn of(mut latencies: Vec<Duration>, took: Duration) -> anyhow::Result<Self> {
        latencies.sort_unstable();
        let at = |share: f64| {
            let index = (latencies.len() as f64 * share) as usize;
            latencies.get(index.min(latencies.len().saturating_sub(1))).copied()
        };
        Ok(Self {
            per_second: latencies.len() as f64 / took.as_secs_f64(),
            p50: at(0.5).context("there was no response")?,
            p99: at(0.99).context("there was no response")?,
        })
    }

    /// Returns the run with the median throughput.
    pub(crate) fn median(mut runs: Vec<Self>) -> Self {
        runs.sort_by(|one, other| one.per_second.total_cmp(&other.per_second));
        runs[runs.len() / 2]
    }
}

/// Repeats a few requests.
#[derive(Debug)]
pub(crate) struct Load {
    addr: SocketAddr,
    requests: Arc<Vec<String>>,
}

impl Load {
    pub(crate) fn get(addr: SocketAddr, path: &str, token: &str) -> Self {
        Self { addr, requests: Arc::new(vec![get(path, token)]) }
    }

    pub(crate) fn log_in(addr: SocketAddr) -> Self {
        let body = |n| format!(r#"{{"username":"person-{n}","password":"{PASSWORD}"}}"#);
        let requests = (0..ACCOUNTS).map(|n| post("/api/login", "", &body(n))).collect();
        Self { addr, requests: Arc::new(requests) }
    }

    pub(crate) async fn run(
        self,
        connections: usize,
        duration: Duration,
    ) -> anyhow::Result<Measured> {
        let started = Instant::now();
        let mut tasks = Vec::new();
        for first in 0..connections {
            let (addr, requests) = (self.addr, Arc::clone(&self.requests));
            tasks.push(tokio::spawn(async move {
                let mut client = Client::connect(addr).await?;
                let mut latencies = Vec::new();
                let mut turn = first;
                while started.elapsed() < duration {
                    let sent_at = Instant::now();
                    let response = client.send(&requests[turn % requests.len()]).await?;
                    ensure!(response.status == 200, "{} {}", response.status, response.body);
                    latencies.push(sent_at.elapsed());
                    turn += 1;
                }
                anyhow::Ok(latencies)
            }));
        }
        let mut latencies = Vec::new();
        for task in tasks {
            latencies.extend(task.await??);
        }
        Measured::of(latencies, started.elapsed())
    }
}

/// Creates the accounts for [`Load::log_in`].
pub(crate) async fn sign_up(server: &BenchServer) -> anyhow::Result<()> {
    let mut client = Client::connect(server.addr).await?;
    for n in 0..ACCOUNTS {
        let body = format!(
            r#"{{"username":"person-{n}","email":"person-{n}@example.org","password":"{PASSWORD}"}}"#
        );
        let response = client.send(&post("/auth/sign_up", "", &body)).await?;
        ensure!(response.status == 200, "{}", response.body);
    }
    Ok(())
}

/// Refreshes through the JSON API.
pub(crate) async fn json_refreshes(
    server: &BenchServer,
    chains: &mut Vec<Chain>,
    connections: usize,
    duration: Duration,
) -> anyhow::Result<Measured> {
    refresh_chains(server.addr, chains, connections, duration, None, refresh_with_json).await
}

/// Refreshes through the cookie API.
pub(crate) async fn cookie_refreshes(
    server: &BenchServer,
    chains: &mut Vec<Chain>,
    connections: usize,
    duration: Duration,
) -> anyhow::Result<Measured> {
    refresh_chains(server.addr, chains, connections, duration, None, refresh_with_cookie).await
}

/// Refreshes at a fixed rate of 200 per second.
pub(crate) async fn paced_refreshes(
    server: &BenchServer,
    chains: &mut Vec<Chain>,
    duration: Duration,
) -> anyhow::Result<Measured> {
    refresh_chains(
        server.addr,
        chains,
        4,
        duration,
        Some(Duration::from_millis(20)),
        refresh_with_json,
    )
    .await
}

async fn refresh_with_json(client: &mut Client, chain: &mut Chain) -> anyhow::Result<()> {
    let body = format!(r#"{{"refresh_token":"{}"}}"#, chain.token);
    let response = client.send(&post("/api/refresh", "", &body)).await?;
    chain.advance(response.value_after("\"refresh_token\":\"")?)
}

async fn refresh_with_cookie(client: &mut Client, chain: &mut Chain) -> anyhow::Result<()> {
    let cookie = format!("Cookie: {REFRESH_COOKIE}={}\r\n", chain.token);
    let response = client.send(&post("/auth/refresh", &cookie, "")).await?;
    chain.advance(response.value_after(&format!("{REFRESH_COOKIE}="))?)
}

/// Distributes the chains over the connections. Each one refreshes its own in turn, and returns them at the end.
async fn refresh_chains(
    addr: SocketAddr,
    chains: &mut Vec<Chain>,
    connections: usize,
    duration: Duration,
    pace: Option<Duration>,
    refresh: impl AsyncFn(&mut Client, &mut Chain) -> anyhow::Result<()> + Copy,
) -> anyhow::Result<Measured> {
    let started = Instant::now();
    let mut shares: Vec<Vec<Chain>> = (0..connections).map(|_| Vec::new()).collect();
    for (turn, chain) in chains.drain(..).enumerate() {
        shares[turn % connections].push(chain);
    }
    let connection = async |mut own: Vec<Chain>| {
        let mut client = Client::connect(addr).await?;
        let mut latencies = Vec::new();
        let mut turn = 0;
        while started.elapsed() < duration {
            let count = own.len();
            let sent_at = Instant::now();
            refresh(&mut client, &mut own[turn % count]).await?;
            latencies.push(sent_at.elapsed());
            turn += 1;
            if let Some(pace) = pace {
                tokio::time::sleep(pace.saturating_sub(sent_at.elapsed())).await;
            }
        }
        anyhow::Ok((own, latencies))
    };
    let mut latencies = Vec::new();
    for done in futures::future::join_all(shares.into_iter().map(connection)).await {
        let (own, own_latencies) = done?;
        chains.extend(own);
        latencies.extend(own_latencies);
    }
    Measured::of(latencies, started.elapsed())
}
