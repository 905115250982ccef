//! A client that costs little, because it runs on the processors that it measures: HTTP/1.1 over one
//! connection that stays open, and answers with a length.

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

/// An answer: its status, its headers as they came, its body.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) head: &'a str,
    pub(crate) body: &'a str,
}

impl Answer<'_> {
    /// A member of the JSON body, or the value of a cookie, that stands in quotes or ends at a semicolon.
    pub(crate) fn after(&self, mark: &str) -> anyhow::Result<String> {
        let text = if self.head.contains(mark) { self.head } else { self.body };
        let rest = text.split_once(mark).map(|(_, rest)| rest);
        let found = rest.and_then(|rest| rest.split(['"', ';']).next());
        found
            .map(str::to_owned)
            .with_context(|| format!("no {mark} in {} {}", self.status, self.body))
    }
}

impl Client {
    pub(crate) async fn connect(addr: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(addr).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(4096) })
    }

    /// Sends a request as it stands, and reads its answer.
    pub(crate) async fn send(&mut self, request: &str) -> anyhow::Result<Answer<'_>> {
        self.stream.write_all(request.as_bytes()).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server hung up");
            }
            let Some(end) = memmem::find(&self.buffer, b"\r\n\r\n") else { continue };
            if self.buffer.len() >= end + 4 + body_length(&self.buffer[..end])? {
                let (head, body) = std::str::from_utf8(&self.buffer)?.split_at(end);
                let status = head.get(9..12).context("no status")?.parse()?;
                return Ok(Answer { status, head, body: &body[4..] });
            }
        }
    }
}

/// The server writes the names of headers in small letters.
fn body_length(head: &[u8]) -> anyhow::Result<usize> {
    const NAME: &[u8] = b"\r\ncontent-length: ";
    let Some(place) = memmem::find(head, NAME) else { return Ok(0) };
    let digits = head[place + NAME.len()..].split(|byte| *byte == b'\r').next();
    Ok(std::str::from_utf8(digits.unwrap_or_default())?.parse()?)
}

/// A GET.
pub(crate) fn get(path: &str, token: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n")
}

/// A POST of JSON, as a page of the same origin sends it.
pub(crate) fn post(path: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/json\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    )
}
