//! Bounded loads: so many connections, for so long, each asking again as soon as it is answered.

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

const NAMES: usize = 8;
const PASSWORD: &str = "correct horse battery";

/// How a load went.
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
            let place = (latencies.len() as f64 * share) as usize;
            latencies.get(place.min(latencies.len().saturating_sub(1))).copied()
        };
        Ok(Self {
            per_second: latencies.len() as f64 / took.as_secs_f64(),
            p50: at(0.5).context("nothing was answered")?,
            p99: at(0.99).context("nothing was answered")?,
        })
    }

    /// The one in the middle.
    pub(crate) fn median(mut runs: Vec<Self>) -> Self {
        runs.sort_by(|one, other| one.per_second.total_cmp(&other.per_second));
        runs[runs.len() / 2]
    }
}

/// The same few requests over and over.
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
        let requests = (0..NAMES).map(|n| post("/api/login", "", &body(n))).collect();
        Self { addr, requests: Arc::new(requests) }
    }

    pub(crate) async fn run(self, connections: usize, span: Duration) -> anyhow::Result<Measured> {
        let started = Instant::now();
        let mut tasks = Vec::new();
        for first in 0..connections {
            let (addr, requests) = (self.addr, Arc::clone(&self.requests));
            tasks.push(tokio::spawn(async move {
                let mut client = Client::connect(addr).await?;
                let mut latencies = Vec::new();
                let mut turn = first;
                while started.elapsed() < span {
                    let asked = Instant::now();
                    let answer = client.send(&requests[turn % requests.len()]).await?;
                    ensure!(answer.status == 200, "{} {}", answer.status, answer.body);
                    latencies.push(asked.elapsed());
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

/// Makes the accounts that [`Load::log_in`] logs in to.
pub(crate) async fn sign_up(server: &BenchServer) -> anyhow::Result<()> {
    let mut client = Client::connect(server.addr).await?;
    for n in 0..NAMES {
        let body = format!(
            r#"{{"username":"person-{n}","email":"person-{n}@example.org","password":"{PASSWORD}"}}"#
        );
        let answer = client.send(&post("/auth/sign_up", "", &body)).await?;
        ensure!(answer.status == 200, "{}", answer.body);
    }
    Ok(())
}

/// Refreshes at the native door.
pub(crate) async fn refreshes(
    server: &BenchServer,
    chains: &mut Vec<Chain>,
    connections: usize,
    span: Duration,
) -> anyhow::Result<Measured> {
    chained(server.addr, chains, connections, span, None, refresh).await
}

/// Refreshes at the browser door, the token in its cookie.
pub(crate) async fn browser_refreshes(
    server: &BenchServer,
    chains: &mut Vec<Chain>,
    connections: usize,
    span: Duration,
) -> anyhow::Result<Measured> {
    chained(server.addr, chains, connections, span, None, refresh_in_browser).await
}

/// Refreshes of people, 200 a second, whatever the server is able to.
pub(crate) async fn paced_refreshes(
    server: &BenchServer,
    chains: &mut Vec<Chain>,
    span: Duration,
) -> anyhow::Result<Measured> {
    chained(server.addr, chains, 4, span, Some(Duration::from_millis(20)), refresh).await
}

async fn refresh(client: &mut Client, chain: &mut Chain) -> anyhow::Result<()> {
    let body = format!(r#"{{"refresh_token":"{}"}}"#, chain.token);
    let answer = client.send(&post("/api/refresh", "", &body)).await?;
    chain.go_on(answer.after("\"refresh_token\":\"")?)
}

async fn refresh_in_browser(client: &mut Client, chain: &mut Chain) -> anyhow::Result<()> {
    let cookie = format!("Cookie: {REFRESH_COOKIE}={}\r\n", chain.token);
    let answer = client.send(&post("/auth/refresh", &cookie, "")).await?;
    chain.go_on(answer.after(&format!("{REFRESH_COOKIE}="))?)
}

/// Deals the chains out to the connections; each goes round its own, and gives them back.
async fn chained(
    addr: SocketAddr,
    chains: &mut Vec<Chain>,
    connections: usize,
    span: Duration,
    pace: Option<Duration>,
    refresh: impl AsyncFn(&mut Client, &mut Chain) -> anyhow::Result<()> + Copy,
) -> anyhow::Result<Measured> {
    let started = Instant::now();
    let mut hands: Vec<Vec<Chain>> = (0..connections).map(|_| Vec::new()).collect();
    for (turn, chain) in chains.drain(..).enumerate() {
        hands[turn % connections].push(chain);
    }
    let one = async |mut own: Vec<Chain>| {
        let mut client = Client::connect(addr).await?;
        let mut latencies = Vec::new();
        let mut turn = 0;
        while started.elapsed() < span {
            let count = own.len();
            let asked = Instant::now();
            refresh(&mut client, &mut own[turn % count]).await?;
            latencies.push(asked.elapsed());
            turn += 1;
            if let Some(pace) = pace {
                tokio::time::sleep(pace.saturating_sub(asked.elapsed())).await;
            }
        }
        anyhow::Ok((own, latencies))
    };
    let mut latencies = Vec::new();
    for done in futures::future::join_all(hands.into_iter().map(one)).await {
        let (own, own_latencies) = done?;
        chains.extend(own);
        latencies.extend(own_latencies);
    }
    Measured::of(latencies, started.elapsed())
}
