//! A client of the JSON API that follows the API contract. No fault may end its session.

use crate::client::{Client, Response};
use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// The maximum time for which a refresh is retried.
const REFRESH_TIMEOUT: Duration = Duration::from_secs(60);

/// The maximum delay between two attempts of one refresh.
const MAX_DELAY: Duration = Duration::from_millis(400);

/// The state that the client stores persistently.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The newest refresh token.
    pub refresh_token: String,
    /// The attempt id of the pending refresh: it is kept until a refresh changes the token.
    pub attempt: Option<String>,
}

/// The outcome of one refresh request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshOutcome {
    /// The server returned tokens.
    Refreshed {
        /// Whether the refresh token changed.
        rotated: bool,
    },
    /// The server asked for a retry, with this status: 409, 429 or 503.
    RetryLater(u16),
    /// The connection broke before the response arrived.
    ConnectionLost,
}

/// Counts the outcomes of the refreshes of a client.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stats {
    /// Refreshes that returned tokens.
    pub refreshes: u64,
    /// Refreshes that changed the refresh token.
    pub rotations: u64,
    /// Requests that the server deferred.
    pub deferred: u64,
    /// Requests whose response was lost.
    pub lost: u64,
}

/// A client of the JSON API, with the nodes that it can use.
#[derive(Debug)]
pub struct JsonClient {
    nodes: Arc<[SocketAddr]>,
    node: usize,
    client: Client,
    /// The state that survives a restart.
    pub credentials: Credentials,
    /// The newest access token.
    pub access_token: String,
    /// The counts of the outcomes of its refreshes.
    pub stats: Stats,
}

impl JsonClient {
    /// Creates a guest account at the first node.
    ///
    /// # Errors
    /// Fails if no guest account is created.
    pub async fn guest(nodes: &[SocketAddr]) -> anyhow::Result<Self> {
        let mut client = Self::new(nodes, String::new())?;
        let same_origin = [("sec-fetch-site", "same-origin")];
        let response = client.client.request("POST", "/auth/try_it", &same_origin, None).await?;
        ensure!(response.status == 200, "no guest account: {response:?}");
        let cookie = response.header("set-cookie").unwrap_or_default();
        let token = cookie.split(['=', ';']).nth(1).context("no refresh token")?.to_owned();
        client.access_token = text(&response.body, "access_token")?;
        client.credentials.refresh_token = token;
        Ok(client)
    }

    /// Logs in at the first node.
    ///
    /// # Errors
    /// Fails if the login is rejected.
    pub async fn log_in(nodes: &[SocketAddr], name: &str, password: &str) -> anyhow::Result<Self> {
        let mut client = Self::new(nodes, String::new())?;
        let body = json!({"username": name, "password": password});
        let response = client.client.request("POST", "/api/login", &[], Some(body)).await?;
        ensure!(response.status == 200, "no login: {response:?}");
        client.store_tokens(&response)?;
        client.stats = Stats::default();
        Ok(client)
    }

    /// Creates a client with stored credentials, as after a restart: without a connection or an access token.
    ///
    /// # Errors
    /// Fails if `nodes` is empty.
    pub fn restarted(nodes: &[SocketAddr], credentials: Credentials) -> anyhow::Result<Self> {
        Ok(Self { credentials, ..Self::new(nodes, String::new())? })
    }

    fn new(nodes: &[SocketAddr], refresh_token: String) -> anyhow::Result<Self> {
        let first = *nodes.first().context("there is no node")?;
        Ok(Self {
            nodes: nodes.into(),
            node: 0,
            client: Client::new(first),
            credentials: Credentials { refresh_token, attempt: None },
            access_token: String::new(),
            stats: Stats::default(),
        })
    }

    /// Refreshes, with retries. Returns whether the refresh token changed.
    ///
    /// # Errors
    /// Fails if the session has ended, or if no retry succeeds in time.
    pub async fn refresh(&mut self) -> anyhow::Result<bool> {
        let started = Instant::now();
        let mut delay = Duration::from_millis(5);
        loop {
            let outcome = self.refresh_once().await?;
            if let RefreshOutcome::Refreshed { rotated } = outcome {
                return Ok(rotated);
            }
            ensure!(started.elapsed() < REFRESH_TIMEOUT, "no refresh succeeded: {outcome:?}");
            tokio::time::sleep(delay).await;
            delay = (delay * 2).min(MAX_DELAY);
        }
    }

    /// Sends one refresh request. If the connection breaks, the next request goes to the next node.
    ///
    /// # Errors
    /// Fails if the session has ended, or if the response is not part of the API contract.
    pub async fn refresh_once(&mut self) -> anyhow::Result<RefreshOutcome> {
        let attempt = self.credentials.attempt.get_or_insert_with(new_attempt).clone();
        let body = json!({"refresh_token": self.credentials.refresh_token});
        let headers = [("idempotency-key", attempt.as_str())];
        let Some(response) = self.client.send("POST", "/api/refresh", &headers, Some(body)).await?
        else {
            self.stats.lost += 1;
            self.use_node((self.node + 1) % self.nodes.len());
            return Ok(RefreshOutcome::ConnectionLost);
        };
        match response.status {
            200 => Ok(RefreshOutcome::Refreshed { rotated: self.store_tokens(&response)? }),
            409 | 429 | 503 => {
                self.stats.deferred += 1;
                Ok(RefreshOutcome::RetryLater(response.status))
            }
            401 => bail!("an honest client was logged out: {}", response.code()),
            _ => bail!("unexpected response to a refresh: {response:?}"),
        }
    }

    /// Sends the next request to this node.
    pub fn use_node(&mut self, node: usize) {
        self.node = node;
        self.client = Client::new(self.nodes[node]);
    }

    /// Stores the tokens of a response. The attempt id is cleared only if the refresh token changed.
    fn store_tokens(&mut self, response: &Response) -> anyhow::Result<bool> {
        let newest = text(&response.body, "refresh_token")?;
        self.access_token = text(&response.body, "access_token")?;
        let rotated = newest != self.credentials.refresh_token;
        if rotated {
            self.credentials = Credentials { refresh_token: newest, attempt: None };
        }
        self.stats.refreshes += 1;
        self.stats.rotations += u64::from(rotated);
        Ok(rotated)
    }
}

fn text(body: &Value, field: &str) -> anyhow::Result<String> {
    let text = body[field].as_str().with_context(|| format!("no {field} in {body}"))?;
    Ok(text.to_owned())
}

/// Returns a new attempt id with the length of those of a browser. In a test it may be predictable.
fn new_attempt() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("{:08x}{:014x}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}
