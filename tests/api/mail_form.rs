//! The SMTP form of mails: headers, addresses and names, and the order of delivery.

use crate::helpers::{Browser, PASSWORD, TestApp};
use axum::http::StatusCode;
use handstamp_server::mail::deliver_due;
use serde_json::json;
use support::smtp::{Behavior, Received, SmtpServer};

const ADA: &str = "ada@example.org";

async fn app_with(server: &SmtpServer, settings: &[(&str, &str)]) -> TestApp {
    let url = server.url();
    let from = ("HANDSTAMP_MAIL_FROM", "The Box Office <box-office@example.org>");
    let defaults = [("HANDSTAMP_SMTP_URL", url.as_str()), from];
    TestApp::start_with(&[&defaults[..], settings].concat()).await
}

async fn sign_up(browser: &mut Browser<'_>, name: &str, email: &str) -> String {
    let body = json!({"username": name, "email": email, "password": PASSWORD});
    let answer = browser.post("/auth/sign_up", Some(body)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.access_token()
}

/// The first link in a mail.
fn link(mail: &Received) -> String {
    let start = mail.text.find("http").unwrap();
    mail.text[start..].split_whitespace().next().unwrap().to_owned()
}

/// Whether a mail client could turn a part of the text into a link.
fn has_web_address(text: &str) -> bool {
    let characters: Vec<char> = text.chars().collect();
    characters.windows(4).any(|part| {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        part[1] == '.' && is_word(part[0]) && is_word(part[2]) && is_word(part[3])
    })
}

#[tokio::test]
async fn mails_are_auto_generated_with_a_message_id_of_the_public_host() {
    let server = SmtpServer::start(Behavior::StoreAndFail).unwrap();
    let app =
        app_with(&server, &[("HANDSTAMP_PUBLIC_URL", "https://films.example.org:8443")]).await;
    app.browser().request_link(ADA).await;
    assert_eq!(deliver_due(&app.state.mailer).await.unwrap(), 0);
    server.set_behavior(Behavior::Accept);
    app.advance_seconds(5);
    assert_eq!(deliver_due(&app.state.mailer).await.unwrap(), 1);
    app.browser().request_link(ADA).await;
    assert_eq!(deliver_due(&app.state.mailer).await.unwrap(), 1);
    let mails = server.received();
    let [first, again, second] = mails.as_slice() else { panic!("{} mails", mails.len()) };
    for mail in &mails {
        let ids = mail.header("Message-ID");
        assert_eq!(ids.len(), 1, "{}", mail.raw);
        assert!(ids[0].starts_with('<') && ids[0].ends_with("@films.example.org>"), "{ids:?}");
        assert_eq!(mail.header("Auto-Submitted"), ["auto-generated"]);
        assert_eq!(mail.header("From"), ["\"The Box Office\" <box-office@example.org>"]);
        assert_eq!(mail.envelope_from, "box-office@example.org");
        assert_eq!(mail.header("Reply-To"), [""; 0]);
    }
    assert_eq!(first.header("Date"), ["Fri, 15 Jan 2027 08:00:00 +0000"]);
    assert_eq!(first.header("Message-ID"), again.header("Message-ID"), "a retry can be recognised");
    assert_eq!(first.header("Date"), again.header("Date"));
    assert_ne!(first.header("Message-ID"), second.header("Message-ID"));
    assert_eq!(first.subject, "Your Handstamp login link (15 Jan 2027, 08:00:00 UTC)");
    assert_eq!(second.subject, "Your Handstamp login link (15 Jan 2027, 08:00:05 UTC)");
}

#[tokio::test]
async fn both_parts_are_utf_8_encoded_in_short_ascii_lines() {
    let server = SmtpServer::start(Behavior::Accept).unwrap();
    let url = server.url();
    let settings = [
        ("HANDSTAMP_SMTP_URL", url.as_str()),
        ("HANDSTAMP_MAIL_FROM", "Büchertisch <post@bücher.de>"),
    ];
    let app = TestApp::start_with(&settings).await;
    sign_up(&mut app.browser(), "שלום", ADA).await;
    assert_eq!(deliver_due(&app.state.mailer).await.unwrap(), 1);
    let mail = server.received().remove(0);
    for part in [&mail.text, &mail.html] {
        assert!(part.contains("שלום"), "{part}");
    }
    for kind in ["text/plain", "text/html"] {
        assert!(mail.raw.contains(&format!("Content-Type: {kind}; charset=utf-8")), "{}", mail.raw);
    }
    assert_eq!(mail.envelope_from, "post@xn--bcher-kva.de");
    assert!(mail.raw.is_ascii());
    assert!(mail.raw.split("\r\n").all(|line| line.len() <= 998 && !line.contains('\n')));
}

#[tokio::test]
async fn user_names_are_not_links_in_mail_to_an_unconfirmed_address() {
    let server = SmtpServer::start(Behavior::Accept).unwrap();
    let app = app_with(&server, &[]).await;
    let access = sign_up(&mut app.browser(), "win.evil.com", "victim@example.org").await;
    let body = json!({"email": "other@example.org", "password": PASSWORD});
    let changed = app.call("PUT", "/api/account/email", Some(&access), Some(body)).await;
    assert!(changed.status.is_success(), "{}", changed.text());
    assert_eq!(deliver_due(&app.state.mailer).await.unwrap(), 2);
    for mail in server.received() {
        let link = link(&mail);
        for part in [&mail.text, &mail.html] {
            assert!(part.contains("win . evil . com") && part.contains(&link), "{part}");
            assert!(!has_web_address(&part.replace(&link, "")), "{part}");
        }
        assert!(!mail.subject.contains("evil"));
    }
    assert!(has_web_address("win.evil.com") && !has_web_address("win . evil . com"));
}

#[tokio::test]
async fn recipient_domains_are_sent_as_ascii() {
    let server = SmtpServer::start(Behavior::Accept).unwrap();
    let app = app_with(&server, &[]).await;
    assert_eq!(app.browser().request_link("ada@bücher.de").await.status, StatusCode::OK);
    assert_eq!(deliver_due(&app.state.mailer).await.unwrap(), 1);
    let mail = server.received().remove(0);
    assert_eq!(mail.to, ["ada@xn--bcher-kva.de"]);
    assert_eq!(mail.header("To"), ["ada@xn--bcher-kva.de"]);
}

#[tokio::test]
async fn undeliverable_addresses_are_rejected_before_a_link_is_promised() {
    let server = SmtpServer::start(Behavior::Accept).unwrap();
    let app = app_with(&server, &[]).await;
    let addresses = ["ada@[127.0.0.1]", "ada@[IPv6:::1]", "ada@127.0.0.1", "\"a b\"@example.org"];
    for (index, email) in addresses.into_iter().enumerate() {
        let asked = app.browser().request_link(email).await;
        asked.assert_problem(422, "validation");
        assert_eq!(asked.wrong_fields(), ["email"], "{email}");
        let body = json!({"username": format!("ada{index}"), "email": email, "password": PASSWORD});
        let signed_up = app.browser().post("/auth/sign_up", Some(body)).await;
        signed_up.assert_problem(422, "validation");
        assert_eq!(signed_up.wrong_fields(), ["email"], "{email}");
        let name = format!("ada{index}");
        app.browser().log_in(&name, PASSWORD).await.assert_problem(401, "invalid_credentials");
    }
    assert_eq!(deliver_due(&app.state.mailer).await.unwrap(), 0);
}

/// Mails are sent in the order in which they are due, but notices before links.
#[tokio::test]
async fn a_flood_of_links_delays_neither_notices_nor_earlier_mail() {
    let server = SmtpServer::start(Behavior::Accept).unwrap();
    let app = app_with(&server, &[]).await;
    let mut browser = app.browser();
    let access = sign_up(&mut browser, "ada", ADA).await;
    assert_eq!(deliver_due(&app.state.mailer).await.unwrap(), 1);
    let token = link(&server.received()[0]).rsplit('/').next().unwrap().to_owned();
    let confirmed = browser.post("/auth/confirm_email", Some(json!({"token": token}))).await;
    assert_eq!(confirmed.status, StatusCode::OK, "{}", confirmed.text());

    sign_up(&mut app.browser(), "grace", "grace@example.org").await;
    for n in 0..20 {
        app.advance_seconds(1);
        app.browser().request_link(&format!("flood{n}@example.org")).await;
    }
    app.advance_seconds(1);
    let body = json!({"current": PASSWORD, "password": "a new and good phrase"});
    let changed = app.call("PUT", "/api/account/password", Some(&access), Some(body)).await;
    assert_eq!(changed.status, StatusCode::NO_CONTENT, "{}", changed.text());

    assert_eq!(deliver_due(&app.state.mailer).await.unwrap(), 22);
    let mails = server.received();
    let first: Vec<&str> = mails[1..5].iter().map(|mail| mail.to[0].as_str()).collect();
    assert!(first.contains(&ADA) && first.contains(&"grace@example.org"), "{first:?}");
}
