//! Request lines and heads over a raw socket: no request causes a server error (RFC 9112 §3).

use crate::helpers::TestApp;
use axum::{
    body::Body,
    http::{Request, Version},
};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

async fn serve(app: &TestApp) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(app.serve(listener, std::future::pending()));
    addr
}

/// Sends bytes and closes the sending side. Returns the status of the first response, if there is one.
async fn status_of(addr: SocketAddr, sent: &[u8]) -> Option<u16> {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    // The server may respond and close the connection before it has read everything.
    let _ = stream.write_all(sent).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let status = answer.strip_prefix(b"HTTP/1.1 ").or(answer.strip_prefix(b"HTTP/1.0 "))?;
    str::from_utf8(status.get(..3)?).ok()?.parse().ok()
}

#[tokio::test]
async fn proxy_request_targets_are_rejected() {
    let app = TestApp::start().await;
    let addr = serve(&app).await;
    for (line, expected) in [
        ("GET a.example:80 HTTP/1.1", 400),
        ("POST a.example:80 HTTP/1.1", 400),
        ("CONNECT a.example:443 HTTP/1.1", 400),
        ("CONNECT / HTTP/1.1", 400),
        ("OPTIONS * HTTP/1.1", 400),
        ("GET http://localhost/healthz HTTP/1.1", 200),
        ("GET http://localhost HTTP/1.1", 200),
        ("GET /healthz HTTP/1.1", 200),
    ] {
        let head = format!("{line}\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assert_eq!(status_of(addr, head.as_bytes()).await, Some(expected), "{line}");
    }
}

#[tokio::test]
async fn http_1_1_requires_exactly_one_valid_host() {
    let app = TestApp::start().await;
    let addr = serve(&app).await;
    for (head, expected) in [
        ("GET /healthz HTTP/1.1\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost: a\r\nHost: a\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost: a b/c?@\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost: user@localhost\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost:\r\n", 400),
        ("GET /healthz HTTP/1.0\r\n", 200),
        ("GET /healthz HTTP/1.1\r\nHost: [::1]:3000\r\n", 200),
        ("GET /healthz HTTP/1.1\r\nHost: a.example\r\n", 200),
    ] {
        let sent = format!("{head}Connection: close\r\n\r\n");
        assert_eq!(status_of(addr, sent.as_bytes()).await, Some(expected), "{head}");
    }
}

/// DNS rebinding: another site can point its own name to this machine, and is then same-origin.
#[tokio::test]
async fn the_api_of_a_loopback_server_rejects_other_hosts() {
    let app = TestApp::start().await;
    for (host, path, expected) in [
        ("evil.example:3000", "/api/openapi.json", 421),
        ("evil.example:3000", "/auth/refresh", 421),
        ("evil.example:3000", "/login", 200),
        ("LOCALHOST:3000", "/api/openapi.json", 200),
        ("127.0.0.1:3000", "/api/openapi.json", 200),
        ("192.0.2.1:3000", "/api/openapi.json", 200),
    ] {
        let request = Request::get(path).header("host", host).body(Body::empty()).unwrap();
        assert_eq!(app.send(request).await.status, expected, "{host}{path}");
    }
    let public = TestApp::start_with(&[("HANDSTAMP_PUBLIC_URL", "https://films.example")]).await;
    let request = Request::get("/api/openapi.json").header("host", "10.0.0.7:8080");
    assert_eq!(public.send(request.body(Body::empty()).unwrap()).await.status, 200);
}

#[tokio::test]
async fn http_2_without_an_authority_is_refused() {
    let app = TestApp::start().await;
    let mut request =
        Request::get("/healthz").version(Version::HTTP_2).body(Body::empty()).unwrap();
    request.headers_mut().insert("host", "".parse().unwrap());
    assert_eq!(app.send(request).await.status, 400);
}

#[tokio::test]
async fn a_head_over_64_kib_is_refused() {
    let app = TestApp::start().await;
    let addr = serve(&app).await;
    for (length, expected) in [(30_000, 200), (300_000, 431)] {
        let padding = "a".repeat(length);
        let head = format!(
            "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Padding: {padding}\r\n\r\n"
        );
        assert_eq!(status_of(addr, head.as_bytes()).await, Some(expected), "{length}");
    }
}

/// Sends generated request lines and heads, the same ones in each run.
#[tokio::test]
async fn arbitrary_request_heads_never_cause_a_500() {
    let app = TestApp::start().await;
    let addr = serve(&app).await;
    let method = prop_oneof!["(GET|POST|PUT|HEAD|OPTIONS|CONNECT|DELETE|TRACE)", "[!-~]{1,8}"];
    let target = prop_oneof![
        "/[ -~]{0,30}",
        "/(api|auth|pkg|magic|lab)/[a-z%./?#:@]{0,20}",
        "(https?|ftp)://[a-z@:\\[\\]/?]{0,20}",
        "[a-z.]{1,10}:[0-9]{1,6}",
        "[*/?#%\\\\]{1,4}",
        "[\\x21-\\x7e\\u{80}-\\u{ff}]{1,30}",
    ];
    let header = prop_oneof![
        "(Host|Cookie|Origin|Accept-Encoding|Range|If-Modified-Since|X-Forwarded-For): [ -~\\u{80}-\\u{ff}]{0,40}",
        "(Content-Length|Transfer-Encoding|Expect|Upgrade|Connection): [ -~]{0,20}",
        "[ -~]{0,30}",
    ];
    let version = prop_oneof![8 => Just("HTTP/1.1".to_owned()), 2 => Just("HTTP/1.0".to_owned()), 1 => "[ -~]{0,10}"];
    let headers = proptest::collection::vec(header, 0..4);
    let heads = (method, target, version, any::<bool>(), headers);
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut answered = 0;
    for _ in 0..600 {
        let (method, target, version, has_host, headers) =
            heads.new_tree(&mut runner).unwrap().current();
        let host = if has_host { "Host: localhost\r\n" } else { "" };
        let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
        let head = format!("{method} {target} {version}\r\n{host}{headers}\r\n");
        if let Some(status) = status_of(addr, head.as_bytes()).await {
            assert!(status < 500, "{status} to {head:?}");
            answered += 1;
        }
    }
    assert!(answered > 300, "only {answered} requests got a response");
}
