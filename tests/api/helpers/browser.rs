use super::{Answer, PASSWORD, TestApp, requests::with_json};
use axum::http::{Request, header};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A browser: a cookie jar and the headers that a browser sends with a POST request.
#[derive(Clone)]
pub(crate) struct Browser<'a> {
    app: &'a TestApp,
    jar: BTreeMap<String, String>,
    /// The value of `X-Forwarded-For` that a proxy adds.
    pub(crate) ip: Option<String>,
}

impl TestApp {
    /// Returns a browser with an empty cookie jar.
    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser { app: self, jar: BTreeMap::new(), ip: None }
    }

    /// Returns a browser behind a proxy that reports this IP address.
    pub(crate) fn browser_at(&self, ip: &str) -> Browser<'_> {
        Browser { ip: Some(ip.to_owned()), ..self.browser() }
    }

    /// Returns the full name of a cookie at the public URL of this server.
    pub(crate) fn cookie(&self, name: &str) -> String {
        let url = &self.state.config.public_url;
        match (url.scheme(), url.port_or_known_default()) {
            ("http", Some(port)) => format!("handstamp_{name}_{port}"),
            _ if name == "refresh" => "__Secure-handstamp_refresh".to_owned(),
            _ => format!("__Host-handstamp_{name}"),
        }
    }
}

impl Browser<'_> {
    pub(crate) async fn sign_up(&mut self, name: &str) -> Answer {
        let body =
            json!({"username": name, "email": format!("{name}@example.org"), "password": PASSWORD});
        self.post("/auth/sign_up", Some(body)).await
    }

    pub(crate) async fn log_in(&mut self, name: &str, password: &str) -> Answer {
        self.post("/auth/log_in", Some(json!({"username": name, "password": password}))).await
    }

    /// Requests a link that logs in.
    pub(crate) async fn request_link(&mut self, email: &str) -> Answer {
        self.post("/auth/send_magic_link", Some(json!({"email": email}))).await
    }

    /// Logs in with the token of a link.
    pub(crate) async fn log_in_with_link(&mut self, token: &str) -> Answer {
        self.post("/auth/redeem_magic_link", Some(json!({"token": token}))).await
    }

    pub(crate) async fn refresh(&mut self) -> Answer {
        self.post("/auth/refresh", None).await
    }

    pub(crate) async fn post(&mut self, path: &str, body: Option<Value>) -> Answer {
        let mut request =
            Request::builder().method("POST").uri(path).header("sec-fetch-site", "same-origin");
        if let Some(ip) = &self.ip {
            request = request.header("x-forwarded-for", ip);
        }
        if !self.jar.is_empty() {
            request = request.header(header::COOKIE, self.cookies());
        }
        let answer = self.app.send(with_json(request, body)).await;
        self.store_cookies(&answer);
        answer
    }

    fn store_cookies(&mut self, answer: &Answer) {
        for cookie in answer.set_cookies() {
            let (pair, attributes) = cookie.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                self.jar.remove(name);
            } else {
                self.jar.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Stores an attempt id, as the client does before a refresh, unless one is pending.
    pub(crate) fn begin_attempt(&mut self, text: &str) {
        assert_eq!(text.len(), 22);
        self.jar.entry(self.app.cookie("attempt")).or_insert_with(|| text.to_owned());
    }

    pub(crate) fn attempt(&self) -> Option<&str> {
        self.jar.get(&self.app.cookie("attempt")).map(String::as_str)
    }

    pub(crate) fn refresh_token(&self) -> Option<&str> {
        self.jar.get(&self.app.cookie("refresh")).map(String::as_str)
    }

    pub(crate) fn session(&self) -> Option<&str> {
        self.jar.get(&self.app.cookie("session")).map(String::as_str)
    }

    /// Returns the value of the header `Cookie`.
    pub(super) fn cookies(&self) -> String {
        let cookies = self.jar.iter().map(|(name, value)| format!("{name}={value}"));
        cookies.collect::<Vec<_>>().join("; ")
    }

    /// Removes a cookie of this server.
    pub(crate) fn delete_cookie(&mut self, name: &str) {
        self.jar.remove(&self.app.cookie(name));
    }

    /// Stores a cookie that this server did not set.
    pub(crate) fn set_cookie(&mut self, name: &str, value: &str) {
        self.jar.insert(name.to_owned(), value.to_owned());
    }

    /// Replaces the refresh token by another value.
    pub(crate) fn store_refresh_token(&mut self, token: &str) {
        self.jar.remove(&self.app.cookie("session"));
        self.jar.insert(self.app.cookie("refresh"), token.to_owned());
    }

    /// Returns the cookies of an attacker who has copied them: the refresh token without later attempt ids.
    pub(crate) fn stolen_copy(&self) -> Self {
        let mut copy = self.clone();
        copy.jar.remove(&self.app.cookie("attempt"));
        copy
    }
}
