//! Mail delivery through a real SMTP server, with retries and concurrent workers, and the outbox of a demo.

use crate::helpers::TestApp;
use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{Request, StatusCode},
};
use handstamp_server::mail::deliver_due;
use serde_json::json;
use std::{net::SocketAddr, time::Duration};
use support::smtp::{Behavior, SmtpServer};

const ADA: &str = "ada@example.org";

async fn app_with(server: &SmtpServer) -> TestApp {
    let url = server.url();
    let settings = [
        ("HANDSTAMP_SMTP_URL", url.as_str()),
        ("HANDSTAMP_MAIL_FROM", "The Box Office <box-office@example.org>"),
    ];
    TestApp::start_with(&settings).await
}

#[tokio::test]
async fn a_link_arrives_and_logs_in() {
    let server = SmtpServer::start(Behavior::Accept).unwrap();
    let app = app_with(&server).await;
    let mut browser = app.browser();
    browser.request_link(ADA).await;
    assert_eq!(deliver_due(&app.state.mailer).await.unwrap(), 1);
    let mail = server.received().remove(0);
    assert_eq!((mail.to, mail.from.as_str()), (vec![ADA.to_owned()], "box-office@example.org"));
    assert!(mail.subject.starts_with("Your Handstamp login link ("), "{}", mail.subject);
    let link =
        |part: &str| part.split("http://localhost:3000/magic/").nth(1).unwrap()[..47].to_owned();
    assert_eq!(link(&mail.text), link(&mail.html));
    assert!(
        mail.html
            .contains(&format!("<a href=\"http://localhost:3000/magic/{}\">", link(&mail.html)))
    );
    assert_eq!(browser.log_in_with_link(&link(&mail.text)).await.status, StatusCode::OK);
    assert_eq!(deliver_due(&app.state.mailer).await.unwrap(), 0, "it is sent once");
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn the_outbox_is_disabled_when_smtp_is_configured() {
    let server = SmtpServer::start(Behavior::Accept).unwrap();
    let app = app_with(&server).await;
    app.outbox("127.0.0.1:1", "localhost").await.assert_problem(404, "not_found");
}

#[tokio::test]
async fn the_outbox_is_visible_only_from_loopback() {
    for settings in [
        [("HANDSTAMP_DEMO", "false"), ("HANDSTAMP_PUBLIC_URL", "http://localhost:3000")],
        [("HANDSTAMP_DEMO", "true"), ("HANDSTAMP_PUBLIC_URL", "https://films.example.org")],
    ] {
        let app = TestApp::start_with(&settings).await;
        app.outbox("127.0.0.1:1", "localhost").await.assert_problem(404, "not_found");
        let key = json!({"key": app.state.outbox.key()});
        let opened = app.browser().post("/auth/open_outbox", Some(key)).await;
        opened.assert_problem(404, "not_found");
        assert_eq!(app.call("GET", "/outbox", None, None).await.status, 404);
    }
    let app = TestApp::start().await;
    assert_eq!(app.call("GET", "/outbox", None, None).await.status, 200);
    for (peer, host) in [("192.0.2.7:1", "localhost"), ("127.0.0.1:1", "192.0.2.1:3000")] {
        app.outbox(peer, host).await.assert_problem(404, "not_found");
    }
    let without_key = app.call("GET", "/api/outbox", None, None).await;
    without_key.assert_problem(404, "not_found");
    let here: SocketAddr = "127.0.0.1:1".parse().unwrap();
    let locked = Request::get("/api/outbox").extension(ConnectInfo(here)).body(Body::empty());
    app.send(locked.unwrap()).await.assert_problem(403, "outbox_locked");
    let wrong = app.browser().post("/auth/open_outbox", Some(json!({"key": "a-guess"}))).await;
    wrong.assert_problem(403, "outbox_locked");
    assert!(wrong.set_cookies().is_empty());
    for (peer, host) in [("127.0.0.1:1", "localhost:3000"), ("[::1]:1", "[::1]:3000")] {
        assert_eq!(app.outbox(peer, host).await.status, StatusCode::OK, "{peer} {host}");
    }
}

#[tokio::test]
async fn the_outbox_names_the_sender_and_says_whether_a_link_still_works() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    browser.request_link(ADA).await;
    let mail = app.mail_to(ADA).await;
    assert_eq!(mail["from"], "Handstamp <no-reply@localhost>");
    assert_eq!(mail["link_state"], "valid");
    assert_eq!(browser.log_in_with_link(&app.link_to(ADA).await).await.status, StatusCode::OK);
    assert_eq!(app.mail_to(ADA).await["link_state"], "used");
    app.browser().request_link("grace@example.org").await;
    app.advance_seconds(10 * 60 + 1);
    assert_eq!(app.mail_to("grace@example.org").await["link_state"], "expired");
    let token = app.browser().sign_up("linus").await.access_token();
    app.confirm_email("linus@example.org").await;
    app.change_account("username", &token, json!({"username": "torvalds"})).await;
    let notice = app.mail_to("linus@example.org").await;
    assert_eq!((&notice["link"], &notice["link_state"]), (&json!(null), &json!(null)));
}

#[tokio::test]
async fn a_4xx_smtp_reply_is_retried_with_backoff() {
    let server = SmtpServer::start(Behavior::Defer).unwrap();
    let mut app = app_with(&server).await;
    app.browser().sign_up("ada").await;
    let mut pauses = Vec::new();
    for seconds in [5, 10, 20, 40] {
        assert_eq!(deliver_due(&app.state.mailer).await.unwrap(), 0);
        app.advance_seconds(seconds - 1);
        assert_eq!(deliver_due(&app.state.mailer).await.unwrap(), 0);
        pauses.push(seconds);
        app.advance_seconds(1);
        // A restart does not reset the delay.
        app.restart().await;
    }
    server.set_behavior(Behavior::Accept);
    assert_eq!(deliver_due(&app.state.mailer).await.unwrap(), 1, "after pauses of {pauses:?} s");
    let subject = server.received().remove(0).subject;
    assert!(subject.starts_with("Confirm your email ("), "{subject}");
}

#[tokio::test]
async fn an_unreachable_mail_server_is_retried() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("smtp://{closed}");
    let app = TestApp::start_with(&[("HANDSTAMP_SMTP_URL", &url)]).await;
    assert_eq!(
        app.browser().request_link(ADA).await.status,
        StatusCode::OK,
        "the request does not wait for the delivery"
    );
    for attempt in 1..=2 {
        assert_eq!(deliver_due(&app.state.mailer).await.unwrap(), 0);
        assert_eq!(
            handstamp_server::db::mail::list(&app.state.db.reader).await.unwrap()[0].tries,
            attempt
        );
        app.advance_seconds(5);
    }
}

#[tokio::test]
async fn a_5xx_smtp_reply_is_not_retried() {
    let server = SmtpServer::start(Behavior::RejectRecipient).unwrap();
    let app = app_with(&server).await;
    app.browser().sign_up("ada").await;
    assert_eq!(deliver_due(&app.state.mailer).await.unwrap(), 0);
    server.set_behavior(Behavior::Accept);
    app.advance(Duration::from_secs(12 * 60 * 60));
    assert_eq!(deliver_due(&app.state.mailer).await.unwrap(), 0);
}

#[tokio::test]
async fn an_expired_link_is_not_sent() {
    let server = SmtpServer::start(Behavior::Defer).unwrap();
    let app = app_with(&server).await;
    app.browser().request_link(ADA).await;
    deliver_due(&app.state.mailer).await.unwrap();
    server.set_behavior(Behavior::Accept);
    app.advance_seconds(10 * 60);
    assert_eq!(deliver_due(&app.state.mailer).await.unwrap(), 0);
    assert!(server.received().is_empty());
}

/// A node that dies while it sends a mail delays it by one minute.
#[tokio::test]
async fn an_expired_delivery_lease_is_taken_by_another_worker() {
    let server = SmtpServer::start(Behavior::Hang).unwrap();
    let app = app_with(&server).await;
    app.browser().sign_up("ada").await;
    let state = app.state.clone();
    let sending = tokio::spawn(async move { deliver_due(&state.mailer).await });
    let leased = async {
        while handstamp_server::db::mail::list(&app.state.db.reader).await.unwrap()[0].tries == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), leased).await.unwrap();
    assert_eq!(app.browser().request_link("grace@example.org").await.status, StatusCode::OK);
    sending.abort();
    server.set_behavior(Behavior::Accept);
    app.advance_seconds(60);
    assert_eq!(deliver_due(&app.state.mailer).await.unwrap(), 2);
    assert_eq!(server.received().len(), 2);
}

#[tokio::test]
async fn concurrent_workers_send_each_mail_once() {
    let server = SmtpServer::start(Behavior::Accept).unwrap();
    let app = app_with(&server).await;
    for n in 0..6 {
        app.browser().request_link(&format!("ada{n}@example.org")).await;
    }
    let (one, two) = tokio::join!(deliver_due(&app.state.mailer), deliver_due(&app.state.mailer));
    assert_eq!(one.unwrap() + two.unwrap(), 6);
    let mut to: Vec<_> = server.received().into_iter().map(|mail| mail.to).collect();
    to.sort();
    to.dedup();
    assert_eq!(to.len(), 6);
}
