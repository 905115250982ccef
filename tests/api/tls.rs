//! TLS connections: HTTP/2 and HTTP/1.1, timeouts of idle connections, and shutdown.

use crate::helpers::TestApp;
use axum::http::Request;
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{CertificateParams, CertifiedIssuer, KeyPair};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName},
};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

const H2: &[u8] = b"h2";
const HTTP1: &[u8] = b"http/1.1";

/// A CA that the clients trust, and the certificate files that the server reads.
pub(crate) struct Tls {
    authority: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

impl Tls {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let authority = CertifiedIssuer::self_signed(params, key).unwrap();
        let tls = Self { authority, folder: tempfile::tempdir().unwrap() };
        tls.write(2030);
        tls
    }

    /// Writes a new certificate for `localhost`, valid until this year, and its key.
    pub(crate) fn write(&self, until: i32) -> CertificateDer<'static> {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(until, 1, 1);
        let certificate = params.signed_by(&key, &self.authority).unwrap();
        std::fs::write(self.path("certificate.pem"), certificate.pem()).unwrap();
        std::fs::write(self.path("key.pem"), key.serialize_pem()).unwrap();
        certificate.der().clone()
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    pub(crate) async fn connect(&self, addr: SocketAddr, alpn: &[&[u8]]) -> TlsStream<TcpStream> {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.as_ref().der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider);
        let config = config.with_safe_default_protocol_versions().unwrap();
        let mut config = config.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        let stream = TcpStream::connect(addr).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
    }
}

async fn start(tls: &Tls) -> TestApp {
    let (certificate, key) = (tls.path("certificate.pem"), tls.path("key.pem"));
    let settings =
        [("HANDSTAMP_TLS_CERT", certificate.as_str()), ("HANDSTAMP_TLS_KEY", key.as_str())];
    TestApp::start_with(&settings).await
}

/// Starts a server with TLS in this process. Its clock is set to January 2027.
pub(crate) async fn serve(tls: &Tls) -> (TestApp, SocketAddr) {
    let app = start(tls).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(app.serve(listener, std::future::pending()));
    (app, addr)
}

#[tokio::test]
async fn alpn_selects_http_2_or_http_1_1() {
    let tls = Tls::new();
    let (_app, addr) = serve(&tls).await;
    let stream = tls.connect(addr, &[H2, HTTP1]).await;
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(H2));
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
    tokio::spawn(connection);
    for path in ["/healthz", "/login", "/api/openapi.json", "/auth/refresh"] {
        let request = Request::get(format!("https://localhost:{}{path}", addr.port()));
        let answer = sender.send_request(request.body(Empty::<Bytes>::new()).unwrap()).await;
        let answer = answer.unwrap();
        let expected = if path == "/auth/refresh" { 405 } else { 200 };
        assert_eq!(answer.status(), expected, "{path}");
        assert!(!answer.into_body().collect().await.unwrap().to_bytes().is_empty(), "{path}");
    }
    for alpn in [&[HTTP1][..], &[]] {
        let mut stream = tls.connect(addr, alpn).await;
        let request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    }
}

#[tokio::test]
async fn http_2_without_tls_is_rejected() {
    let app = TestApp::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(app.serve(listener, std::future::pending()));
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert!(!answer.starts_with(&[0, 0]), "the response is an HTTP/2 frame: {answer:?}");
}

/// Paused time advances to the next timeout whenever all tasks are idle.
#[tokio::test]
async fn silent_tls_connections_are_closed() {
    let tls = Tls::new();
    let (_app, addr) = serve(&tls).await;
    let silent = tls.connect(addr, &[H2]).await;
    let mut half_a_preface = tls.connect(addr, &[H2]).await;
    half_a_preface.write_all(b"PRI * HT").await.unwrap();
    half_a_preface.flush().await.unwrap();
    let without_handshake = TcpStream::connect(addr).await.unwrap();
    tokio::time::pause();
    for mut stream in [silent, half_a_preface] {
        wait_until_closed(&mut stream).await;
    }
    let mut stream = without_handshake;
    wait_until_closed(&mut stream).await;
}

type Http2Sender = hyper::client::conn::http2::SendRequest<Empty<Bytes>>;

/// Connects an HTTP/2 client. Returns it with the task of its connection.
async fn http_2(tls: &Tls, addr: SocketAddr) -> (Http2Sender, JoinHandle<hyper::Result<()>>) {
    let stream = TokioIo::new(tls.connect(addr, &[H2]).await);
    let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), stream);
    let (sender, connection) = handshake.await.unwrap();
    (sender, tokio::spawn(connection))
}

/// The client answers pings, but has no requests.
#[tokio::test]
async fn an_idle_http_2_connection_is_closed() {
    let tls = Tls::new();
    let (_app, addr) = serve(&tls).await;
    let (mut sender, connection) = http_2(&tls, addr).await;
    let url = format!("https://localhost:{}/healthz", addr.port());
    let request = Request::get(url).body(Empty::<Bytes>::new()).unwrap();
    let answer = sender.send_request(request).await.unwrap();
    answer.into_body().collect().await.unwrap();
    assert!(!connection.is_finished());
    tokio::time::pause();
    let _ = tokio::time::timeout(Duration::from_secs(86_400), connection).await.unwrap();
}

/// Encodes an HTTP/2 frame (RFC 9113 §4.1).
fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap();
    [&[0, 0, length, kind, flags, 0, 0, 0, stream], payload].concat()
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A header block without `END_HEADERS` is not a request, so the connection counts as idle.
#[tokio::test]
async fn an_unfinished_http_2_header_block_is_closed() {
    let tls = Tls::new();
    let (_app, addr) = serve(&tls).await;
    let mut stream = tls.connect(addr, &[H2]).await;
    // SETTINGS; HEADERS with the pseudo-header `:method: GET` alone (RFC 7541 §6.1), without END_HEADERS.
    let sent = [PREFACE, &frame(4, 0, 0, &[]), &frame(1, 0, 1, &[0x82])].concat();
    stream.write_all(&sent).await.unwrap();
    stream.flush().await.unwrap();
    let mut first = [0; 9];
    stream.read_exact(&mut first).await.unwrap();
    tokio::time::pause();
    wait_until_closed(&mut stream).await;
}

#[tokio::test]
async fn connect_over_http_2_is_rejected() {
    let tls = Tls::new();
    let (_app, addr) = serve(&tls).await;
    let (mut sender, _connection) = http_2(&tls, addr).await;
    let request = Request::connect("a.example:443").body(Empty::<Bytes>::new());
    let answer = sender.send_request(request.unwrap()).await.unwrap();
    assert_eq!(answer.status(), 400);
}

/// The clients: one in the TLS handshake, one with half a request head, and an idle HTTP/2 client.
#[tokio::test]
async fn shutdown_does_not_wait_for_connections_without_a_request() {
    let tls = Tls::new();
    let app = start(&tls).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let shutdown = async move { stopped.await.unwrap_or_default() };
    let server = tokio::spawn(app.serve(listener, shutdown));
    let _in_the_handshake = TcpStream::connect(addr).await.unwrap();
    let mut half_a_head = tls.connect(addr, &[HTTP1]).await;
    half_a_head.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n").await.unwrap();
    half_a_head.flush().await.unwrap();
    let mut silent_http_2 = tls.connect(addr, &[H2]).await;
    silent_http_2.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    silent_http_2.flush().await.unwrap();
    let mut settings_frame = [0; 9];
    silent_http_2.read_exact(&mut settings_frame).await.unwrap();
    // A request in progress would get ten seconds. In real time, because the database cannot close in paused time.
    stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(8), server).await.unwrap().unwrap().unwrap();
}

async fn wait_until_closed(stream: &mut (impl AsyncReadExt + Unpin)) {
    let mut rest = Vec::new();
    let read = stream.read_to_end(&mut rest);
    // The server may close without a TLS `close_notify`, which the client may report as an error.
    let _ = tokio::time::timeout(Duration::from_secs(86_400), read).await.unwrap();
}

#[tokio::test]
async fn the_public_url_becomes_https_and_localhost_gets_no_hsts() {
    let tls = Tls::new();
    let (app, _) = serve(&tls).await;
    let url = &app.state.config.public_url;
    assert_eq!((url.scheme(), url.host_str()), ("https", Some("localhost")));
    let answer = app.call("GET", "/healthz", None, None).await;
    assert_eq!(answer.header("strict-transport-security"), None);
}
