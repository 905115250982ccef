//! A cheap client, because it shares the processors with the server that it measures: HTTP/1.1 over one persistent
//! connection, and only responses with `Content-Length`.

use anyhow::{Context, bail};
use memchr::memmem;
use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// One connection.
#[derive(Debug)]
pub(crate) struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// A response with its unparsed headers.
#[derive(Debug)]
pub(crate) struct Response<'a> {
    pub(crate) status: u16,
    pub(crate) head: &'a str,
    pub(crate) body: &'a str,
}

impl Response<'_> {
    /// Returns the text after `prefix` up to a quote or semicolon: the value of a JSON member or of a cookie.
    pub(crate) fn value_after(&self, prefix: &str) -> anyhow::Result<String> {
        let text = if self.head.contains(prefix) { self.head } else { self.body };
        let rest = text.split_once(prefix).map(|(_, rest)| rest);
        let found = rest.and_then(|rest| rest.split(['"', ';']).next());
        found
            .map(str::to_owned)
            .with_context(|| format!("no {prefix} in {} {}", self.status, self.body))
    }
}

impl Client {
    pub(crate) async fn connect(addr: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(addr).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(4096) })
    }

    /// Sends a serialised request, and reads the response.
    pub(crate) async fn send(&mut self, request: &str) -> anyhow::Result<Response<'_>> {
        self.stream.write_all(request.as_bytes()).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server closed the connection");
            }
            let Some(end) = memmem::find(&self.buffer, b"\r\n\r\n") else { continue };
            if self.buffer.len() >= end + 4 + body_length(&self.buffer[..end])? {
                let (head, body) = std::str::from_utf8(&self.buffer)?.split_at(end);
                let status = head.get(9..12).context("no status")?.parse()?;
                return Ok(Response { status, head, body: &body[4..] });
            }
        }
    }
}

/// Returns the length of the body. The server writes header names in lower case.
fn body_length(head: &[u8]) -> anyhow::Result<usize> {
    const NAME: &[u8] = b"\r\ncontent-length: ";
    let Some(start) = memmem::find(head, NAME) else { return Ok(0) };
    let digits = head[start + NAME.len()..].split(|byte| *byte == b'\r').next();
    Ok(std::str::from_utf8(digits.unwrap_or_default())?.parse()?)
}

/// Returns a GET request with an access token.
pub(crate) fn get(path: &str, token: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n")
}

/// Returns a POST request with JSON, as a page of the same origin sends it.
pub(crate) fn post(path: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/json\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    )
}
