//! Mail over TLS: which certificates of the mail server are trusted.

use crate::{helpers::TestApp, mail_server::NOT_SENT, thread_log::Log};
use handstamp_server::mail::deliver_due;
use rcgen::{CertificateParams, CertifiedIssuer, KeyPair};
use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use std::sync::Arc;
use support::{
    process::Server,
    smtp::{Behavior, Capabilities, Encryption, SmtpServer},
};
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_handstamp");
const ADA: &str = "ada@example.org";

/// A private CA in a file, and the TLS configuration of a server with a certificate from it.
struct Authority {
    folder: TempDir,
    server: Arc<ServerConfig>,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let authority = CertifiedIssuer::self_signed(params, key).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), authority.as_ref().pem()).unwrap();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &authority).unwrap().der().clone();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider);
        let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        let server = Arc::new(config.with_single_cert(vec![certificate], key).unwrap());
        Self { folder, server }
    }

    fn file(&self) -> String {
        self.folder.path().join("ca.pem").display().to_string()
    }

    /// Starts a mail server with implicit TLS and one with STARTTLS.
    fn servers(&self) -> [SmtpServer; 2] {
        let (one, two) = (Arc::clone(&self.server), Arc::clone(&self.server));
        [Encryption::Immediate(one), Encryption::StartTls(two)].map(|tls| {
            SmtpServer::start_with(
                Behavior::Accept,
                Capabilities { tls, ..Capabilities::default() },
            )
            .unwrap()
        })
    }
}

#[tokio::test]
async fn a_private_ca_is_trusted_if_the_setting_names_it() {
    let authority = Authority::new("localhost");
    let file = authority.file();
    for server in authority.servers() {
        let url = server.url();
        let settings = [("HANDSTAMP_SMTP_URL", url.as_str()), ("HANDSTAMP_SMTP_CA", &file)];
        let app = TestApp::start_with(&settings).await;
        app.browser().request_link(ADA).await;
        assert_eq!(deliver_due(&app.state.mailer).await.unwrap(), 1, "{url}");
        assert!(server.received()[0].encrypted);
    }
}

#[tokio::test]
async fn an_untrusted_certificate_is_rejected_and_the_log_names_the_setting() {
    let (authority, other) = (Authority::new("localhost"), Authority::new("localhost"));
    let elsewhere = Authority::new("mail.example.org");
    for (authority, ca) in
        [(&authority, None), (&authority, Some(other.file())), (&elsewhere, Some(elsewhere.file()))]
    {
        for server in authority.servers() {
            let url = server.url();
            let mut settings = vec![("HANDSTAMP_SMTP_URL", url.as_str())];
            settings.extend(ca.as_deref().map(|file| ("HANDSTAMP_SMTP_CA", file)));
            let app = TestApp::start_with(&settings).await;
            let log = Log::capture();
            app.browser().request_link(ADA).await;
            assert_eq!(deliver_due(&app.state.mailer).await.unwrap(), 0);
            let failures = log.lines(NOT_SENT);
            assert_eq!(failures.len(), 1, "{failures:?}");
            for words in ["certificate of the mail server", "HANDSTAMP_SMTP_CA", "will_try=true"] {
                assert!(failures[0].contains(words), "{failures:?}");
            }
            assert!(server.received().is_empty());
        }
    }
}

#[test]
fn system_certificates_are_trusted() {
    let authority = Authority::new("localhost");
    let file = authority.file();
    for server in authority.servers() {
        let url = server.url();
        let settings = [("HANDSTAMP_SMTP_URL", url.as_str()), ("SSL_CERT_FILE", &file)];
        let folder = tempfile::tempdir().unwrap();
        let app = Server::start(BINARY, folder.path(), &settings).unwrap();
        app.post("/auth/send_magic_link", "", r#"{"email":"ada@example.org"}"#).unwrap();
        let mails = server.wait_for_mail();
        assert!(mails[0].encrypted && mails[0].to == [ADA]);
        assert_eq!(app.stop().unwrap().0, Some(0));
    }
}
