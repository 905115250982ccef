//! An honest native client: it does what the contract asks of one, and no more. Whatever is broken
//! around it, it must never be signed out.

use crate::client::{Answer, Client};
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

/// How long one refresh may be repeated in vain.
const GIVES_UP_AFTER: Duration = Duration::from_secs(60);

/// The longest pause between two tries of one refresh.
const LONGEST_PAUSE: Duration = Duration::from_millis(400);

/// What such a client keeps where a restart finds it again.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The newest refresh token.
    pub refresh_token: String,
    /// The attempt id of a refresh that hasn't changed the token yet.
    pub attempt: Option<String>,
}

/// What one try of a refresh brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tried {
    /// Tokens. `rotated`: the refresh token is another one now.
    Done {
        /// Whether the refresh token changed.
        rotated: bool,
    },
    /// The server says to come again: 409, 429, 503.
    Later(u16),
    /// The network broke before the answer was there.
    Lost,
}

/// What a client went through.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    /// Refreshes that brought tokens.
    pub refreshes: u64,
    /// Of these, those that changed the refresh token.
    pub rotations: u64,
    /// Tries that the server put off.
    pub reschedule: u64,
    /// Tries whose answer was lost.
    pub lost: u64,
}

/// A client of the native door, with the nodes that it may ask.
#[derive(Debug)]
pub struct JsonClient {
    nodes: Arc<[SocketAddr]>,
    at: usize,
    client: Client,
    /// What it keeps.
    pub kept: Kept,
    /// Its newest access token.
    pub access_token: String,
    /// What it went through.
    pub tally: Tally,
}

impl JsonClient {
    /// Comes as a guest, at the first of the nodes.
    ///
    /// # Errors
    /// No guest account was made.
    pub async fn guest(nodes: &[SocketAddr]) -> anyhow::Result<Self> {
        let mut client = Self::opened(nodes, String::new())?;
        let from_page = [("sec-fetch-site", "same-origin")];
        let answer = client.client.ask("POST", "/auth/try_it", &from_page, None).await?;
        ensure!(answer.status == 200, "no guest account: {answer:?}");
        let cookie = answer.header("set-cookie").unwrap_or_default();
        let token = cookie.split(['=', ';']).nth(1).context("no refresh token")?.to_owned();
        client.access_token = text(&answer.body, "access_token")?;
        client.kept.refresh_token = token;
        Ok(client)
    }

    /// Logs in, at the first of the nodes.
    ///
    /// # Errors
    /// The login failed.
    pub async fn log_in(nodes: &[SocketAddr], name: &str, password: &str) -> anyhow::Result<Self> {
        let mut client = Self::opened(nodes, String::new())?;
        let body = json!({"username": name, "password": password});
        let answer = client.client.ask("POST", "/api/login", &[], Some(body)).await?;
        ensure!(answer.status == 200, "no login: {answer:?}");
        client.take_tokens(&answer)?;
        client.tally = Tally::default();
        Ok(client)
    }

    /// Starts again with what it kept: no connection, no access token.
    ///
    /// # Errors
    /// There is no node.
    pub fn restarted(nodes: &[SocketAddr], kept: Kept) -> anyhow::Result<Self> {
        Ok(Self { kept, ..Self::opened(nodes, String::new())? })
    }

    fn opened(nodes: &[SocketAddr], refresh_token: String) -> anyhow::Result<Self> {
        let first = *nodes.first().context("there is no node")?;
        Ok(Self {
            nodes: nodes.into(),
            at: 0,
            client: Client::new(first),
            kept: Kept { refresh_token, attempt: None },
            access_token: String::new(),
            tally: Tally::default(),
        })
    }

    /// Refreshes, and repeats that for as long as an honest client would.
    /// Answers whether the refresh token changed.
    ///
    /// # Errors
    /// It was signed out, or never got through.
    pub async fn refresh(&mut self) -> anyhow::Result<bool> {
        let started = Instant::now();
        let mut pause = Duration::from_millis(5);
        loop {
            let tried = self.try_refresh().await?;
            if let Tried::Done { rotated } = tried {
                return Ok(rotated);
            }
            ensure!(started.elapsed() < GIVES_UP_AFTER, "never got through: {tried:?} at the end");
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// One try of a refresh. After trouble with the network the next one goes to the next node.
    ///
    /// # Errors
    /// It was signed out, or got an answer that no client can do anything with.
    pub async fn try_refresh(&mut self) -> anyhow::Result<Tried> {
        let attempt = self.kept.attempt.get_or_insert_with(new_attempt).clone();
        let body = json!({"refresh_token": self.kept.refresh_token});
        let headers = [("idempotency-key", attempt.as_str())];
        let Some(answer) = self.client.send("POST", "/api/refresh", &headers, Some(body)).await?
        else {
            self.tally.lost += 1;
            self.go_to((self.at + 1) % self.nodes.len());
            return Ok(Tried::Lost);
        };
        match answer.status {
            200 => Ok(Tried::Done { rotated: self.take_tokens(&answer)? }),
            409 | 429 | 503 => {
                self.tally.reschedule += 1;
                Ok(Tried::Later(answer.status))
            }
            401 => bail!("an honest client was signed out: {}", answer.code()),
            _ => bail!("a refresh must not be answered so: {answer:?}"),
        }
    }

    /// Asks this node next.
    pub fn go_to(&mut self, node: usize) {
        self.at = node;
        self.client = Client::new(self.nodes[node]);
    }

    /// The attempt id is kept until a refresh *changes* the refresh token.
    fn take_tokens(&mut self, answer: &Answer) -> anyhow::Result<bool> {
        let newest = text(&answer.body, "refresh_token")?;
        self.access_token = text(&answer.body, "access_token")?;
        let rotated = newest != self.kept.refresh_token;
        if rotated {
            self.kept = Kept { refresh_token: newest, attempt: None };
        }
        self.tally.refreshes += 1;
        self.tally.rotations += u64::from(rotated);
        Ok(rotated)
    }
}

fn text(body: &Value, field: &str) -> anyhow::Result<String> {
    let text = body[field].as_str().with_context(|| format!("no {field} in {body}"))?;
    Ok(text.to_owned())
}

/// As long as those of a browser. It has to be new, and nobody here guesses.
fn new_attempt() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("{:08x}{:014x}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}
