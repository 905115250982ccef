//! Connections without TLS that are silent or slow. Those with TLS are in `tls.rs`.

use crate::helpers::TestApp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Paused time passes as soon as nothing else is left to do.
#[tokio::test]
async fn connections_that_send_nothing_or_too_slowly_are_closed_after_thirty_seconds() {
    let app = TestApp::start().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(handstamp::server::run(listener, app.state.clone(), std::future::pending()));
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
        let is_answered = sent.ends_with("\r\n\r\n");
        if is_answered {
            let mut first = [0; 15];
            connection.read_exact(&mut first).await.unwrap();
            assert_eq!(&first, b"HTTP/1.1 200 OK");
        }
        tokio::time::pause();
        let started = tokio::time::Instant::now();
        let mut rest = String::new();
        connection.read_to_string(&mut rest).await.unwrap();
        let seconds = started.elapsed().as_secs();
        tokio::time::resume();
        assert!((29..=31).contains(&seconds), "{sent:?}: {seconds} s");
        assert!(!rest.contains("HTTP/1.1 200"), "{rest}");
    }
}

#[tokio::test]
async fn a_body_that_does_not_come_is_answered_after_ten_seconds() {
    let app = TestApp::start().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(handstamp::server::run(listener, app.state.clone(), std::future::pending()));
    let head = "POST /api/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    for (length, expected, seconds) in [
        ("Content-Length: 40\r\n\r\n{", "HTTP/1.1 400", 10),
        ("Transfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 400", 10),
        // Too large by its own word: refused at once, and not asked for.
        ("Content-Length: 1000000000\r\nExpect: 100-continue\r\n\r\n", "HTTP/1.1 413", 0),
    ] {
        let mut connection = tokio::net::TcpStream::connect(addr).await.unwrap();
        connection.write_all(format!("{head}{length}").as_bytes()).await.unwrap();
        tokio::time::pause();
        let started = tokio::time::Instant::now();
        let mut first = [0; 12];
        connection.read_exact(&mut first).await.unwrap();
        let elapsed = started.elapsed().as_secs();
        tokio::time::resume();
        assert_eq!((str::from_utf8(&first).unwrap(), elapsed), (expected, seconds), "{length}");
    }
}
