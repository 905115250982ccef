//! Timeouts of connections without TLS. Those with TLS are in `tls.rs`.

use crate::helpers::TestApp;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::timeout,
};

/// Longer than every timeout of the server.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// While the clock is paused, tokio advances it to the next timer whenever all tasks are idle.
#[tokio::test]
async fn idle_and_slow_connections_are_closed_after_30_seconds() {
    let app = TestApp::start().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(app.serve(listener, std::future::pending()));
    for sent in [
        "",
        "P",
        "PRI * HT",
        "GET / HT",
        "GET /healthz HTTP/1.1\r\nHost: x\r\n",
        "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    ] {
        let mut connection = tokio::net::TcpStream::connect(addr).await.unwrap();
        connection.write_all(sent.as_bytes()).await.unwrap();
        let is_complete = sent.ends_with("\r\n\r\n");
        if is_complete {
            let mut first = [0; 15];
            connection.read_exact(&mut first).await.unwrap();
            assert_eq!(&first, b"HTTP/1.1 200 OK");
        }
        tokio::time::pause();
        let started = tokio::time::Instant::now();
        let mut rest = String::new();
        timeout(READ_TIMEOUT, connection.read_to_string(&mut rest)).await.unwrap().unwrap();
        let seconds = started.elapsed().as_secs();
        tokio::time::resume();
        assert!((29..=31).contains(&seconds), "{sent:?}: {seconds} s");
        assert!(!rest.contains("HTTP/1.1 200"), "{rest}");
    }
}

#[tokio::test]
async fn a_missing_body_is_rejected_after_10_seconds() {
    let app = TestApp::start().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(app.serve(listener, std::future::pending()));
    let head = "POST /api/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    for (length, expected, seconds) in [
        ("Content-Length: 40\r\n\r\n{", "HTTP/1.1 400", 10),
        ("Transfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 400", 10),
        // The declared length is too large: rejected at once, without a 100 response.
        ("Content-Length: 1000000000\r\nExpect: 100-continue\r\n\r\n", "HTTP/1.1 413", 0),
    ] {
        let mut connection = tokio::net::TcpStream::connect(addr).await.unwrap();
        connection.write_all(format!("{head}{length}").as_bytes()).await.unwrap();
        tokio::time::pause();
        let started = tokio::time::Instant::now();
        let mut first = [0; 12];
        timeout(READ_TIMEOUT, connection.read_exact(&mut first)).await.unwrap().unwrap();
        let elapsed = started.elapsed().as_secs();
        tokio::time::resume();
        assert_eq!((str::from_utf8(&first).unwrap(), elapsed), (expected, seconds), "{length}");
    }
}
