//! The SMTP session: EHLO, SMTPUTF8 and rejections, and the settings of the mail server.

use crate::{helpers::TestApp, thread_log::Log};
use axum::http::StatusCode;
use handstamp_server::mail::deliver_due;
use support::{
    process::{Server, command},
    smtp::{Behavior, Capabilities, SmtpServer},
};

const BINARY: &str = env!("CARGO_BIN_EXE_handstamp");
const ADA: &str = "ada@example.org";

/// The text of the log line about a mail that was not sent.
pub(crate) const NOT_SENT: &str = "a mail was not sent";

#[tokio::test]
async fn ehlo_sends_the_public_host_unless_the_url_names_another() {
    for (public_url, path, expected) in [
        ("https://films.example.org:8443", "", "films.example.org"),
        ("https://bücher.de", "/", "xn--bcher-kva.de"),
        ("http://127.0.0.1:3000", "", "[127.0.0.1]"),
        ("http://[::1]:3000", "", "[IPv6:::1]"),
        ("https://films.example.org", "/mail.example.org", "mail.example.org"),
        ("https://films.example.org", "/[192.0.2.7]", "[192.0.2.7]"),
    ] {
        let server = SmtpServer::start(Behavior::Accept).unwrap();
        let url = format!("{}{path}", server.url());
        let settings = [("HANDSTAMP_SMTP_URL", url.as_str()), ("HANDSTAMP_PUBLIC_URL", public_url)];
        let app = TestApp::start_with(&settings).await;
        app.browser().request_link(ADA).await;
        assert_eq!(deliver_due(&app.state.mailer).await.unwrap(), 1, "{public_url} {path}");
        assert_eq!(server.received()[0].ehlo, expected);
    }
}

#[tokio::test]
async fn a_non_ascii_local_part_fails_permanently_without_smtputf8() {
    let capabilities = Capabilities { smtputf8: true, ..Capabilities::default() };
    let with = SmtpServer::start_with(Behavior::Accept, capabilities).unwrap();
    let without = SmtpServer::start(Behavior::Accept).unwrap();
    let log = Log::capture();
    for (server, expected) in [(&with, 1), (&without, 0)] {
        let app = TestApp::start_with(&[("HANDSTAMP_SMTP_URL", &server.url())]).await;
        let asked = app.browser().request_link("用户@例子.广告").await;
        assert_eq!(asked.status, StatusCode::OK, "{}", asked.text());
        for again in [expected, 0] {
            assert_eq!(deliver_due(&app.state.mailer).await.unwrap(), again);
            app.advance_seconds(5);
        }
    }
    assert_eq!(with.received()[0].to, ["用户@xn--fsqu00a.xn--4rr70v"]);
    let failures = log.lines(NOT_SENT);
    assert_eq!(failures.len(), 1, "{failures:?}");
    assert!(failures[0].contains("SMTPUTF8") && failures[0].contains("will_try=false"));
}

/// A mistyped password or sender address loses no mail.
#[tokio::test]
async fn a_rejected_login_or_sender_is_retried() {
    let capabilities = Capabilities { login: true, ..Capabilities::default() };
    for behavior in [Behavior::RejectLogin, Behavior::RejectSender] {
        let server = SmtpServer::start_with(behavior, capabilities.clone()).unwrap();
        let url = server.url().replace("smtp://", "smtp://ada:s%3Fcret@");
        let app = TestApp::start_with(&[("HANDSTAMP_SMTP_URL", &url)]).await;
        let log = Log::capture();
        app.browser().request_link(ADA).await;
        assert_eq!(deliver_due(&app.state.mailer).await.unwrap(), 0);
        let failures = log.lines(NOT_SENT);
        assert!(failures[0].contains("will_try=true"), "{failures:?}");
        assert!(!failures[0].contains("cret"), "{failures:?}");
        server.set_behavior(Behavior::Accept);
        app.advance_seconds(5);
        assert_eq!(deliver_due(&app.state.mailer).await.unwrap(), 1, "{behavior:?}");
    }
}

#[test]
fn invalid_smtp_settings_stop_the_start_with_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "").unwrap();
    let (empty, missing) = (empty.display().to_string(), "/nowhere/ca.pem");
    let tls = ("HANDSTAMP_SMTP_URL", "smtps://mail.example.org");
    let url = |url| vec![("HANDSTAMP_SMTP_URL", url)];
    for (settings, words) in [
        (url("smtp://mail.example.org?ca=/x"), "unknown parameter \"ca\""),
        (url("smtp://mail.example.org?tls=requierd"), "unknown value of tls"),
        (url("smtps://mail.example.org?tls=opportunistic"), "unknown value of tls"),
        (url("smtp://mail.example.org?tls=required&tls=required"), "tls twice"),
        (url("smtp://ada@mail.example.org"), "a user without a password"),
        (url("smtp://mail.example.org/a%20b"), "an invalid name for EHLO"),
        (url("smtp://ada:25?hunter2@mail.example.org"), "an unknown parameter"),
        (url("smtp://ada:25#hunter2@mail.example.org"), "which is not allowed"),
        (vec![tls, ("HANDSTAMP_SMTP_CA", missing)], "HANDSTAMP_SMTP_CA: /nowhere/ca.pem"),
        (vec![tls, ("HANDSTAMP_SMTP_CA", &empty)], "holds no certificate"),
        (vec![tls, ("SSL_CERT_FILE", missing)], "SSL_CERT_FILE is set"),
        (
            vec![("HANDSTAMP_SMTP_URL", "smtp://mail.example.org"), ("HANDSTAMP_SMTP_CA", &empty)],
            "asks for no TLS",
        ),
    ] {
        let common = [("HANDSTAMP_ADDR", "127.0.0.1:0"), ("HANDSTAMP_LOG", "off")];
        let settings = [settings, common.to_vec()].concat();
        let output = command(BINARY, folder.path(), &settings).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{words}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
        assert!(error.contains(words) && !error.contains("hunter2"), "{words}: {error}");
    }
}

#[test]
fn the_start_warns_of_mail_that_will_not_be_delivered() {
    let lost = "HANDSTAMP_SMTP_URL is not set: e-mail links will not be delivered";
    let sender = "HANDSTAMP_MAIL_FROM is an address at localhost";
    let public = ("HANDSTAMP_PUBLIC_URL", "https://films.example.org");
    let smtp = ("HANDSTAMP_SMTP_URL", "smtp://mail.example.org");
    for (settings, warnings) in [
        (vec![], vec![]),
        (vec![public], vec![lost]),
        (vec![public, ("HANDSTAMP_DEMO", "true")], vec![lost]),
        (vec![("HANDSTAMP_DEMO", "false")], vec![lost]),
        (vec![public, smtp], vec!["HANDSTAMP_SMTP_URL sends mail unencrypted", sender]),
        (vec![("HANDSTAMP_SMTP_URL", "smtp://localhost")], vec![]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (_, log) = Server::start(BINARY, folder.path(), &settings).unwrap().stop().unwrap();
        let about_mail =
            |line: &&str| line.contains("HANDSTAMP_SMTP") || line.contains("HANDSTAMP_MAIL");
        let found: Vec<&str> = log.lines().filter(about_mail).collect();
        assert_eq!(found.len(), warnings.len(), "{settings:?}: {found:?}");
        assert!(found.iter().zip(warnings).all(|(line, words)| line.contains(words)), "{found:?}");
    }
}
