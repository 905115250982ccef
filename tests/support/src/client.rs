//! A small HTTP client that keeps its connection. To it a request that isn't answered in time is a
//! failure and not trouble with the network: no fault may leave a request hanging.

use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{HeaderMap, Request, client::conn::http1};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::{net::SocketAddr, time::Duration};
use tokio::net::TcpStream;

/// Longer than all that the server itself waits for: a connection to its database, a turn, a lock.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A connection to one address, made when it is needed.
#[derive(Debug)]
pub struct Client {
    addr: SocketAddr,
    connection: Option<http1::SendRequest<Full<Bytes>>>,
}

/// What the server answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; null where it is no JSON.
    pub body: Value,
}

impl Answer {
    /// The code of a problem.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// A header that is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// What has to hold for every answer, whatever is broken around the server.
    fn check(self) -> anyhow::Result<Self> {
        let is_named = self.body["request_id"].as_str().is_some_and(|id| !id.is_empty());
        ensure!(self.status < 500 || is_named, "a failure without a request id: {self:?}");
        let says_when = self.headers.contains_key("retry-after");
        ensure!(self.status != 503 || says_when, "503 without Retry-After: {self:?}");
        Ok(self)
    }
}

impl Client {
    /// Doesn't connect yet.
    pub fn new(addr: SocketAddr) -> Self {
        Self { addr, connection: None }
    }

    /// Sends a request. Nothing comes back where the network broke before the answer was there: the
    /// server may have done what was asked, or not.
    ///
    /// # Errors
    /// No answer in time, or one that breaks what holds for all answers.
    pub async fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> anyhow::Result<Option<Answer>> {
        let mut request = Request::builder().method(method).uri(path).header("host", "localhost");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let request = request.body(Full::new(Bytes::from(body)))?;
        let Ok(answer) = tokio::time::timeout(PATIENCE, self.exchange(request)).await else {
            bail!("{method} {path} at {} got no answer in {PATIENCE:?}", self.addr);
        };
        match answer {
            Ok(answer) => Ok(Some(answer.check()?)),
            Err(_) => {
                self.connection = None;
                Ok(None)
            }
        }
    }

    /// Sends a request where the network is in order.
    ///
    /// # Errors
    /// Those of [`Self::send`]; the network broke.
    pub async fn ask(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> anyhow::Result<Answer> {
        let answer = self.send(method, path, headers, body).await?;
        answer.with_context(|| format!("{method} {path}: the connection broke"))
    }

    /// Reads `path` with an access token.
    ///
    /// # Errors
    /// Those of [`Self::ask`].
    pub async fn get(&mut self, path: &str, access_token: &str) -> anyhow::Result<Answer> {
        let bearer = format!("Bearer {access_token}");
        self.ask("GET", path, &[("authorization", &bearer)], None).await
    }

    async fn exchange(&mut self, request: Request<Full<Bytes>>) -> anyhow::Result<Answer> {
        let mut connection = match self.connection.take() {
            Some(connection) if !connection.is_closed() => connection,
            _ => connect(self.addr).await?,
        };
        connection.ready().await?;
        let (head, body) = connection.send_request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        self.connection = Some(connection);
        Ok(Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body: serde_json::from_slice(&body).unwrap_or_default(),
        })
    }
}

async fn connect(addr: SocketAddr) -> anyhow::Result<http1::SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(addr).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // Ends when the sender is dropped, or when the network breaks: then the sender notices.
    tokio::spawn(connection);
    Ok(sender)
}
