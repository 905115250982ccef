//! `handstamp --health`: requests the health of a running server, for the health check of a container.

use anyhow::{Context, ensure};
use std::{
    io::{self, Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    time::Duration,
};

const TIMEOUT: Duration = Duration::from_secs(3);
const REQUEST: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// The record type of the alert that a TLS server sends in reply to plain HTTP (RFC 8446 §5.1).
const TLS_ALERT: u8 = 21;

/// Requests `/healthz` from the server that listens on `addr`. It does not request `/readyz`, because a container
/// should not be restarted when its database is down.
///
/// # Errors
/// Fails with one line if there is no reply within three seconds, or if its status is not 200. For a TLS server, an
/// alert is sufficient: it shows that the server handles connections.
pub fn check(addr: SocketAddr, has_tls: bool) -> anyhow::Result<()> {
    let addr = connectable(addr);
    let mut reply = [0; 12];
    let length = send(addr, &mut reply).with_context(|| format!("GET /healthz on {addr}"))?;
    let is_healthy = match &reply[..length] {
        b"HTTP/1.1 200" => true,
        [first, ..] => has_tls && *first == TLS_ALERT,
        [] => false,
    };
    ensure!(is_healthy, "GET /healthz on {addr} did not return 200");
    Ok(())
}

/// Sends the request, and returns the number of bytes received.
fn send(addr: SocketAddr, reply: &mut [u8]) -> io::Result<usize> {
    let mut stream = TcpStream::connect_timeout(&addr, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    stream.write_all(REQUEST)?;
    let mut length = 0;
    while length < reply.len() {
        match stream.read(&mut reply[length..]) {
            Ok(0) => break,
            Ok(count) => length += count,
            // A server may close the connection immediately after its alert.
            Err(_) if length > 0 => break,
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

/// Returns the address to connect to: loopback if the server listens on all addresses.
fn connectable(addr: SocketAddr) -> SocketAddr {
    let ip = match addr.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, addr.port())
}
