//! An HTTP client with a persistent connection. It treats a timeout as an error and not as a lost connection, because
//! under every fault a request must get a response or lose its connection.

use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{HeaderMap, Request, client::conn::http1};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::{net::SocketAddr, time::Duration};
use tokio::net::TcpStream;

/// The time limit of a request. Longer than every timeout of the server: database connections, queues, locks.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);

/// A client of one address. It connects when it sends a request.
#[derive(Debug)]
pub struct Client {
    addr: SocketAddr,
    connection: Option<http1::SendRequest<Full<Bytes>>>,
}

/// A response of the server.
#[derive(Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, or null if it is not JSON.
    pub body: Value,
}

impl Response {
    /// Returns the error code of a problem response, or an empty text.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// Returns a header, if its value is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Checks the rules that hold for every response, under every fault.
    fn check(self) -> anyhow::Result<Self> {
        let has_request_id = self.body["request_id"].as_str().is_some_and(|id| !id.is_empty());
        ensure!(
            self.status < 500 || has_request_id,
            "a 5xx response without a request id: {self:?}"
        );
        let has_retry_after = self.headers.contains_key("retry-after");
        ensure!(self.status != 503 || has_retry_after, "503 without Retry-After: {self:?}");
        Ok(self)
    }
}

impl Client {
    /// Creates a client that is not connected yet.
    pub fn new(addr: SocketAddr) -> Self {
        Self { addr, connection: None }
    }

    /// Sends a request. Returns `None` if the connection broke before the response arrived; the server may or may not
    /// have processed the request.
    ///
    /// # Errors
    /// Fails after [`REQUEST_TIMEOUT`], or if the response breaks a rule that holds for every response.
    pub async fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> anyhow::Result<Option<Response>> {
        let mut request = Request::builder().method(method).uri(path).header("host", "localhost");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let request = request.body(Full::new(Bytes::from(body)))?;
        let Ok(response) = tokio::time::timeout(REQUEST_TIMEOUT, self.exchange(request)).await
        else {
            bail!("{method} {path} at {} got no response in {REQUEST_TIMEOUT:?}", self.addr);
        };
        match response {
            Ok(response) => Ok(Some(response.check()?)),
            Err(_) => {
                self.connection = None;
                Ok(None)
            }
        }
    }

    /// Sends a request that must get a response.
    ///
    /// # Errors
    /// Fails like [`Self::send`], and if the connection breaks.
    pub async fn request(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> anyhow::Result<Response> {
        let response = self.send(method, path, headers, body).await?;
        response.with_context(|| format!("{method} {path}: the connection broke"))
    }

    /// Reads `path` with an access token.
    ///
    /// # Errors
    /// Fails like [`Self::request`].
    pub async fn get(&mut self, path: &str, access_token: &str) -> anyhow::Result<Response> {
        let bearer = format!("Bearer {access_token}");
        self.request("GET", path, &[("authorization", &bearer)], None).await
    }

    async fn exchange(&mut self, request: Request<Full<Bytes>>) -> anyhow::Result<Response> {
        let mut connection = match self.connection.take() {
            Some(connection) if !connection.is_closed() => connection,
            _ => connect(self.addr).await?,
        };
        connection.ready().await?;
        let (head, body) = connection.send_request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        self.connection = Some(connection);
        Ok(Response {
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
    // Ends when the sender is dropped or the connection breaks, which closes the sender.
    tokio::spawn(connection);
    Ok(sender)
}
