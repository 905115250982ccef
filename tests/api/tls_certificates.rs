//! The TLS certificate: it is reloaded when its files change, it is checked at the start, and `--health` accepts it.

use crate::tls::{Tls, serve};
use rcgen::KeyPair;
use rustls::pki_types::CertificateDer;
use std::{net::SocketAddr, path::Path, time::Duration};
use support::process::{Server, command};
use time::OffsetDateTime;

const BINARY: &str = env!("CARGO_BIN_EXE_handstamp");

#[tokio::test]
async fn a_changed_certificate_is_loaded_within_a_minute() {
    let tls = Tls::new();
    let (_app, addr) = serve(&tls).await;
    let first = certificate_at(&tls, addr).await;
    let second = tls.write(2031);
    assert_ne!(first, second);
    pass_a_minute().await;
    assert_eq!(certificate_at(&tls, addr).await, second);
}

#[tokio::test]
async fn an_invalid_certificate_is_ignored_until_a_valid_one_follows() {
    let tls = Tls::new();
    let (_app, addr) = serve(&tls).await;
    let first = certificate_at(&tls, addr).await;
    std::fs::write(tls.path("key.pem"), "no key").unwrap();
    pass_a_minute().await;
    assert_eq!(certificate_at(&tls, addr).await, first);
    let second = tls.write(2031);
    pass_a_minute().await;
    assert_eq!(certificate_at(&tls, addr).await, second);
}

/// Returns the certificate that the server presents to a new connection.
async fn certificate_at(tls: &Tls, addr: SocketAddr) -> CertificateDer<'static> {
    let stream = tls.connect(addr, &[]).await;
    stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned()
}

async fn pass_a_minute() {
    tokio::time::pause();
    tokio::time::sleep(Duration::from_secs(60)).await;
    tokio::time::resume();
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
        assert_start_fails(certificate, key, words);
    }
    let last_year = OffsetDateTime::now_utc().year() - 1;
    tls.write(last_year);
    assert_start_fails(&good, &key, "expired at");
}

fn assert_start_fails(certificate: &str, key: &str, words: &str) {
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

/// The exit code of `handstamp --health`.
fn health(folder: &Path, addr: &str, settings: &[(&str, &str)]) -> Option<i32> {
    let settings = [settings, &[("HANDSTAMP_ADDR", addr)]].concat();
    command(BINARY, folder, &settings).arg("--health").output().unwrap().status.code()
}
