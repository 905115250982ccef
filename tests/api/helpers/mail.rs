use super::{Answer, PASSWORD, TestApp};
use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{Request, StatusCode, header},
};
use serde_json::{Value, json};
use std::net::SocketAddr;

impl TestApp {
    /// Requests the outbox with its cookie, from the address `peer` and with `host` in the header `Host`.
    pub(crate) async fn outbox(&self, peer: &str, host: &str) -> Answer {
        let peer: SocketAddr = peer.parse().unwrap();
        let mut browser = self.browser();
        browser.post("/auth/open_outbox", Some(json!({"key": self.state.outbox.key()}))).await;
        let request = Request::get("/api/outbox")
            .header(header::HOST, host)
            .header(header::COOKIE, browser.cookies())
            .extension(ConnectInfo(peer));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Returns the newest e-mail to an address.
    pub(crate) async fn mail_to(&self, to: &str) -> Value {
        let mails = self.mails_to(to).await;
        mails.first().unwrap_or_else(|| panic!("no e-mail to {to}")).clone()
    }

    /// Returns all e-mails to an address, newest first.
    pub(crate) async fn mails_to(&self, to: &str) -> Vec<Value> {
        let outbox = self.outbox("127.0.0.1:4711", "localhost:3000").await.json();
        let mails = outbox["mails"].as_array().unwrap().iter();
        mails.filter(|mail| mail["to"] == to).cloned().collect()
    }

    /// Returns the token of the link in the newest e-mail to an address.
    pub(crate) async fn link_to(&self, to: &str) -> String {
        let mail = self.mail_to(to).await;
        mail["link"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
    }

    /// Verifies the address of an account with its link, in another browser and with the password.
    pub(crate) async fn confirm_email(&self, email: &str) {
        let body = json!({"token": self.link_to(email).await, "password": PASSWORD});
        let answer = self.browser().post("/auth/confirm_email", Some(body)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    }
}
