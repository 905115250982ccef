//! TLS: the protocols, the certificate that follows its files, and what stops the start.

use crate::helpers::TestApp;
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{CertificateParams, CertifiedIssuer, KeyPair};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName},
};
use std::{path::Path, sync::Arc, time::Duration};
use support::process::{Server, command};
use tempfile::TempDir;
use time::OffsetDateTime;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

const BINARY: &str = env!("CARGO_BIN_EXE_handstamp");
const H2: &[u8] = b"h2";
const HTTP1: &[u8] = b"http/1.1";

/// A certificate authority that the clients trust, and the files that the server reads.
struct Tls {
    authority: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

impl Tls {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let authority = CertifiedIssuer::self_signed(params, key).unwrap();
        let tls = Self { authority, folder: tempfile::tempdir().unwrap() };
        tls.write(2030);
        tls
    }

    /// Writes a new certificate for `localhost`, good until this year, and its key.
    fn write(&self, until: i32) -> CertificateDer<'static> {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(until, 1, 1);
        let certificate = params.signed_by(&key, &self.authority).unwrap();
        std::fs::write(self.path("certificate.pem"), certificate.pem()).unwrap();
        std::fs::write(self.path("key.pem"), key.serialize_pem()).unwrap();
        certificate.der().clone()
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    async fn connect(&self, addr: std::net::SocketAddr, alpn: &[&[u8]]) -> TlsStream<TcpStream> {
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

/// A server with TLS in this process. Its clock stands at the start of 2027.
async fn serve(tls: &Tls) -> (TestApp, std::net::SocketAddr) {
    let (certificate, key) = (tls.path("certificate.pem"), tls.path("key.pem"));
    let settings =
        [("HANDSTAMP_TLS_CERT", certificate.as_str()), ("HANDSTAMP_TLS_KEY", key.as_str())];
    let app = TestApp::start_with(&settings).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(handstamp::server::run(listener, app.state.clone(), std::future::pending()));
    (app, addr)
}

fn certificate_of(stream: &TlsStream<TcpStream>) -> CertificateDer<'static> {
    stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned()
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
        let request = axum::http::Request::get(format!("https://localhost:{}{path}", addr.port()));
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
    tokio::spawn(handstamp::server::run(listener, app.state.clone(), std::future::pending()));
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert!(!answer.starts_with(&[0, 0]), "no HTTP/2 frame: {answer:?}");
}

/// Time passes as soon as nothing else is left to do.
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
        closed(&mut stream).await;
    }
    let mut stream = without_handshake;
    closed(&mut stream).await;
}

type Http2Sender = hyper::client::conn::http2::SendRequest<Empty<Bytes>>;

/// An HTTP/2 client, and the task of its connection.
async fn http_2(
    tls: &Tls,
    addr: std::net::SocketAddr,
) -> (Http2Sender, JoinHandle<hyper::Result<()>>) {
    let stream = TokioIo::new(tls.connect(addr, &[H2]).await);
    let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), stream);
    let (sender, connection) = handshake.await.unwrap();
    (sender, tokio::spawn(connection))
}

/// An HTTP/2 client that answers every ping keeps its connection for as long as it has requests, and no longer.
#[tokio::test]
async fn an_idle_http_2_connection_is_closed() {
    let tls = Tls::new();
    let (_app, addr) = serve(&tls).await;
    let (mut sender, connection) = http_2(&tls, addr).await;
    let url = format!("https://localhost:{}/healthz", addr.port());
    let request = axum::http::Request::get(url).body(Empty::<Bytes>::new()).unwrap();
    let answer = sender.send_request(request).await.unwrap();
    answer.into_body().collect().await.unwrap();
    assert!(!connection.is_finished());
    tokio::time::pause();
    let _ = tokio::time::timeout(Duration::from_secs(86_400), connection).await.unwrap();
}

/// A frame of HTTP/2 (RFC 9113 §4.1).
fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap();
    [&[0, 0, length, kind, flags, 0, 0, 0, stream], payload].concat()
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A head that is not continued is no request, so it holds the connection no longer than silence does.
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
    closed(&mut stream).await;
}

#[tokio::test]
async fn connect_over_http_2_is_rejected() {
    let tls = Tls::new();
    let (_app, addr) = serve(&tls).await;
    let (mut sender, _connection) = http_2(&tls, addr).await;
    let request = axum::http::Request::connect("a.example:443").body(Empty::<Bytes>::new());
    let answer = sender.send_request(request.unwrap()).await.unwrap();
    assert_eq!(answer.status(), 400);
}

/// A client with half a head, one in the handshake, and an idle HTTP/2 client: a stop waits for none of them.
#[tokio::test]
async fn shutdown_does_not_wait_for_connections_without_a_request() {
    let tls = Tls::new();
    let (certificate, key) = (tls.path("certificate.pem"), tls.path("key.pem"));
    let settings =
        [("HANDSTAMP_TLS_CERT", certificate.as_str()), ("HANDSTAMP_TLS_KEY", key.as_str())];
    let app = TestApp::start_with(&settings).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let shutdown = async move { stopped.await.unwrap_or_default() };
    let server = tokio::spawn(handstamp::server::run(listener, app.state.clone(), shutdown));
    let _in_the_handshake = TcpStream::connect(addr).await.unwrap();
    let mut half_a_head = tls.connect(addr, &[HTTP1]).await;
    half_a_head.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n").await.unwrap();
    half_a_head.flush().await.unwrap();
    let mut silent_http_2 = tls.connect(addr, &[H2]).await;
    silent_http_2.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    silent_http_2.flush().await.unwrap();
    let mut settings_frame = [0; 9];
    silent_http_2.read_exact(&mut settings_frame).await.unwrap();
    // A request in flight would have ten seconds. By the real clock: the database is not closed in paused time.
    stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(8), server).await.unwrap().unwrap().unwrap();
}

async fn closed(stream: &mut (impl AsyncReadExt + Unpin)) {
    let mut rest = Vec::new();
    let read = stream.read_to_end(&mut rest);
    // Closed without TLS's own farewell: the client may call that an error.
    let _ = tokio::time::timeout(Duration::from_secs(86_400), read).await.unwrap();
}

#[tokio::test]
async fn a_changed_certificate_is_used_and_a_bad_one_is_not() {
    let tls = Tls::new();
    let (_app, addr) = serve(&tls).await;
    let first = certificate_of(&tls.connect(addr, &[]).await);
    let second = tls.write(2031);
    assert_ne!(first, second);
    reloaded(&tls, addr, &second).await;

    std::fs::write(tls.path("key.pem"), "no key").unwrap();
    tokio::time::pause();
    tokio::time::sleep(Duration::from_secs(60)).await;
    tokio::time::resume();
    assert_eq!(certificate_of(&tls.connect(addr, &[]).await), second);

    let third = tls.write(2032);
    reloaded(&tls, addr, &third).await;
}

/// Lets a minute pass, and expects this certificate.
async fn reloaded(tls: &Tls, addr: std::net::SocketAddr, expected: &CertificateDer<'static>) {
    tokio::time::pause();
    tokio::time::sleep(Duration::from_secs(60)).await;
    tokio::time::resume();
    assert_eq!(&certificate_of(&tls.connect(addr, &[]).await), expected);
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

#[test]
fn an_invalid_certificate_stops_the_start_with_one_line() {
    let tls = Tls::new();
    let file = |name: &str, content: &str| {
        std::fs::write(tls.path(name), content).unwrap();
        tls.path(name)
    };
    let other = KeyPair::generate().unwrap().serialize_pem();
    let (good, key) = (tls.path("certificate.pem"), tls.path("key.pem"));
    let missing = tls.path("missing.pem");
    let (empty, other) = (file("empty.pem", ""), file("other.pem", &other));
    for (certificate, key, words) in [
        (&missing, &key, "HANDSTAMP_TLS_CERT"),
        (&good, &missing, "HANDSTAMP_TLS_KEY"),
        (&empty, &key, "holds no certificate"),
        (&good, &empty, "holds no private key"),
        (&good, &other, "is not the key of the certificate"),
    ] {
        refused(certificate, key, words);
    }
    let last_year = OffsetDateTime::now_utc().year() - 1;
    tls.write(last_year);
    refused(&good, &key, "expired at");
}

fn refused(certificate: &str, key: &str, words: &str) {
    let folder = tempfile::tempdir().unwrap();
    let settings = [
        ("HANDSTAMP_TLS_CERT", certificate),
        ("HANDSTAMP_TLS_KEY", key),
        ("HANDSTAMP_ADDR", "127.0.0.1:0"),
        ("HANDSTAMP_LOG", "off"),
    ];
    let output = command(BINARY, folder.path(), &settings).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
    assert!(error.contains(words), "{words}: {error}");
}

#[test]
fn the_health_check_works_with_and_without_tls() {
    let tls = Tls::new();
    let (certificate, key) = (tls.path("certificate.pem"), tls.path("key.pem"));
    let with_tls =
        [("HANDSTAMP_TLS_CERT", certificate.as_str()), ("HANDSTAMP_TLS_KEY", key.as_str())];
    for settings in [&with_tls[..], &[]] {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(BINARY, folder.path(), settings).unwrap();
        let addr = server.addr.to_string();
        assert_eq!(health(folder.path(), &addr, settings), Some(0));
        server.stop().unwrap();
        assert_eq!(health(folder.path(), &addr, settings), Some(1));
    }
}

fn health(folder: &Path, addr: &str, settings: &[(&str, &str)]) -> Option<i32> {
    let settings = [settings, &[("HANDSTAMP_ADDR", addr)]].concat();
    command(BINARY, folder, &settings).arg("--health").output().unwrap().status.code()
}
