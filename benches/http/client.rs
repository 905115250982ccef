//! A client that costs little, because it runs on the processors that it measures: HTTP/1.1 over one
//! connection that stays open, and answers with a length.

use anyhow::{Context, bail};
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
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// A member of the JSON body, or the value of a cookie, that stands in quotes or ends at a semicolon.
    pub(crate) fn after(&self, mark: &str) -> anyhow::Result<String> {
        let text = if self.head.contains(mark) { &self.head } else { &self.body };
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
    pub(crate) async fn send(&mut self, request: &str) -> anyhow::Result<Answer> {
        self.stream.write_all(request.as_bytes()).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server hung up");
            }
            let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") else {
                continue;
            };
            let head = std::str::from_utf8(&self.buffer[..end])?;
            let length: usize = header(head, "content-length").unwrap_or("0").parse()?;
            if self.buffer.len() >= end + 4 + length {
                let status = head.get(9..12).context("no status")?.parse()?;
                let body = String::from_utf8_lossy(&self.buffer[end + 4..]).into_owned();
                return Ok(Answer { status, head: head.to_owned(), body });
            }
        }
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// A GET.
pub(crate) fn get(path: &str, token: Option<&str>) -> String {
    let token = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{token}\r\n")
}

/// A POST of JSON, as a page of the same origin sends it.
pub(crate) fn post(path: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/json\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    )
}
