//! `TestApp` and the people who use it.

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, HeaderValue, Request, StatusCode, header},
};
use handstamp::{
    engine::clock::{Clock, Timestamp},
    server::{
        config::Config,
        router::{router, router_with},
        state::AppState,
    },
};
use leptos::config::LeptosOptions;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU32, Ordering},
    },
    time::Duration,
};
use support::postgres::{Database, Postgres};
use tempfile::TempDir;
use tower::ServiceExt;

/// The names of the cookies at the default public URL, `http://localhost:3000`.
pub(crate) const REFRESH_COOKIE: &str = "handstamp_refresh_3000";
pub(crate) const ATTEMPT_COOKIE: &str = "handstamp_attempt_3000";
pub(crate) const PASSWORD: &str = "correct horse battery";

/// The server without a socket, with a database and a clock of its own.
pub(crate) struct TestApp {
    router: Router,
    pub(crate) state: AppState,
    now: Arc<AtomicI64>,
    people: AtomicU32,
    _database: TestDatabase,
}

/// A database of the test's own: SQLite in a folder, or one on a real PostgreSQL where
/// `HANDSTAMP_TEST_DATABASE` says `postgres`.
pub(crate) enum TestDatabase {
    Sqlite(TempDir),
    Postgres(Database),
}

impl TestDatabase {
    async fn new() -> Self {
        match std::env::var("HANDSTAMP_TEST_DATABASE").as_deref() {
            Ok("postgres") => Self::Postgres(Postgres::shared().database().await.unwrap()),
            Err(_) | Ok("sqlite") => Self::Sqlite(tempfile::tempdir().unwrap()),
            Ok(other) => panic!("HANDSTAMP_TEST_DATABASE={other}: sqlite or postgres"),
        }
    }

    fn url(&self) -> String {
        match self {
            Self::Sqlite(folder) => format!("sqlite://{}/test.db", folder.path().display()),
            Self::Postgres(database) => database.url.clone(),
        }
    }
}

impl TestApp {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts with settings as an operator gives them. Rate limits are off unless a test wants them.
    pub(crate) async fn start_with(settings: &[(&str, &str)]) -> Self {
        let database = TestDatabase::new().await;
        let defaults = [
            ("DATABASE_URL", database.url()),
            ("HANDSTAMP_DEMO", "true".to_owned()),
            ("HANDSTAMP_SECRET", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".to_owned()),
            ("HANDSTAMP_RATE_LIMITS", "off".to_owned()),
        ];
        let config = Config::read(|name| {
            let given = settings
                .iter()
                .find(|(variable, _)| *variable == name)
                .map(|(_, value)| (*value).to_owned());
            given.or_else(|| {
                defaults
                    .iter()
                    .find(|(variable, _)| *variable == name)
                    .map(|(_, value)| value.clone())
            })
        })
        .unwrap();
        let now = Arc::new(AtomicI64::new(1_800_000_000_000));
        let hands = Arc::clone(&now);
        let clock = Clock::from_fn(move || Timestamp(hands.load(Ordering::SeqCst)));
        let state = AppState::new(config, clock).await.unwrap();
        Self {
            router: router(state.clone()),
            state,
            now,
            people: AtomicU32::new(0),
            _database: database,
        }
    }

    /// The same with routes of one's own.
    pub(crate) fn with_routes(mut self, own: axum::Router<AppState>) -> Self {
        self.router = router_with(own, self.state.clone());
        self
    }

    /// The same with another site.
    pub(crate) async fn with_site(mut self, site: LeptosOptions) -> Self {
        let (config, clock) = (self.state.config.clone(), self.state.clock.clone());
        self.state = AppState::with_leptos_options(config, clock, site).await.unwrap();
        self.router = router(self.state.clone());
        self
    }

    /// The same database and secret after a restart of the server.
    pub(crate) async fn restart(&mut self) {
        let state =
            AppState::new(self.state.config.clone(), self.state.clock.clone()).await.unwrap();
        self.router = router(state.clone());
        self.state = state;
    }

    /// The same database after a restart with these secrets, newest first.
    pub(crate) async fn restart_with_secrets(&mut self, secrets: &str) {
        let read = Config::read(|name| (name == "HANDSTAMP_SECRET").then(|| secrets.to_owned()));
        let config = Config { secrets: read.unwrap().secrets, ..self.state.config.clone() };
        self.state.membership.leave(&self.state.db).await;
        let state = AppState::new(config, self.state.clock.clone()).await.unwrap();
        self.router = router(state.clone());
        self.state = state;
    }

    pub(crate) fn advance(&self, span: Duration) {
        self.now.fetch_add(i64::try_from(span.as_millis()).unwrap(), Ordering::SeqCst);
    }

    pub(crate) fn advance_seconds(&self, seconds: u64) {
        self.advance(Duration::from_secs(seconds));
    }

    pub(crate) fn step_back_seconds(&self, seconds: i64) {
        self.shift_millis(-1000 * seconds);
    }

    pub(crate) fn shift_millis(&self, millis: i64) {
        self.now.fetch_add(millis, Ordering::SeqCst);
    }

    pub(crate) async fn send(&self, mut request: Request<Body>) -> Answer {
        if request.extensions().get::<ConnectInfo<SocketAddr>>().is_none() {
            let peer: SocketAddr = "192.0.2.7:4711".parse().unwrap();
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        let host = HeaderValue::from_static("localhost:3000");
        request.headers_mut().entry(header::HOST).or_insert(host);
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// A request without cookies and without the headers of a browser.
    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        bearer: Option<&str>,
        body: Option<Value>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = bearer {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = match body {
            Some(body) => request
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(body.to_string())),
            None => request.body(Body::empty()),
        };
        self.send(request.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str, bearer: &str) -> Answer {
        self.call("GET", path, Some(bearer), None).await
    }

    /// Logs in at the native door; the answer with both tokens.
    pub(crate) async fn native_login(&self, name: &str) -> Answer {
        let body = json!({"username": name, "password": PASSWORD});
        self.call("POST", "/api/login", None, Some(body)).await
    }

    /// Refreshes at the native door, with an attempt id or without.
    pub(crate) async fn native_refresh(&self, token: &str, attempt: Option<&str>) -> Answer {
        let mut request = Request::post("/api/refresh").header("content-type", "application/json");
        if let Some(attempt) = attempt {
            request = request.header("idempotency-key", attempt);
        }
        let body = Body::from(json!({"refresh_token": token}).to_string());
        self.send(request.body(body).unwrap()).await
    }

    /// The outbox, as somebody at `peer` sees it who asks for it under the name `host`.
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

    /// The newest mail to an address, as the outbox shows it.
    pub(crate) async fn mail_to(&self, to: &str) -> Value {
        let mails = self.mails_to(to).await;
        mails.first().unwrap_or_else(|| panic!("no mail to {to}")).clone()
    }

    /// All mail to an address, newest first.
    pub(crate) async fn mails_to(&self, to: &str) -> Vec<Value> {
        let outbox = self.outbox("127.0.0.1:4711", "localhost:3000").await.json();
        let mails = outbox["mails"].as_array().unwrap().iter();
        mails.filter(|mail| mail["to"] == to).cloned().collect()
    }

    /// The token of the link in the newest mail to an address.
    pub(crate) async fn link_to(&self, to: &str) -> String {
        let mail = self.mail_to(to).await;
        mail["link"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
    }

    /// What happened to the account of this access token, newest first, in words.
    pub(crate) async fn events(&self, bearer: &str) -> Vec<String> {
        let events = self.get("/api/events", bearer).await.json();
        let events = events["events"].as_array().unwrap().iter();
        events.map(|event| event["kind"].as_str().unwrap().to_owned()).collect()
    }

    /// Confirms the address of an account, as its person does who opens the letter elsewhere.
    pub(crate) async fn confirm(&self, email: &str) {
        let body = json!({"token": self.link_to(email).await, "password": PASSWORD});
        let answer = self.browser().post("/auth/confirm_email", Some(body)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    }

    /// A browser with an empty cookie jar.
    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser { app: self, jar: BTreeMap::new(), place: None }
    }

    /// A browser at an address, as the proxy in front says.
    pub(crate) fn browser_at(&self, place: &str) -> Browser<'_> {
        Browser { place: Some(place.to_owned()), ..self.browser() }
    }

    /// The name of a cookie at the public URL of this server.
    pub(crate) fn cookie(&self, what: &str) -> String {
        let url = &self.state.config.public_url;
        match (url.scheme(), url.port_or_known_default()) {
            ("http", Some(port)) => format!("handstamp_{what}_{port}"),
            _ if what == "refresh" => "__Secure-handstamp_refresh".to_owned(),
            _ => format!("__Host-handstamp_{what}"),
        }
    }

    /// A browser in which somebody new has just signed up; with their access token.
    pub(crate) async fn signed_up(&self) -> (Browser<'_>, String) {
        let name = format!("person-{}", self.people.fetch_add(1, Ordering::SeqCst));
        let mut browser = self.browser();
        let answer = browser.sign_up(&name).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let token = answer.access_token();
        (browser, token)
    }
}

/// A person's browser: a cookie jar that obeys the paths of the cookies.
#[derive(Clone)]
pub(crate) struct Browser<'a> {
    app: &'a TestApp,
    jar: BTreeMap<String, String>,
    /// What the proxy in front writes into `X-Forwarded-For`.
    pub(crate) place: Option<String>,
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

    /// Asks for a link that logs in.
    pub(crate) async fn ask_link(&mut self, email: &str) -> Answer {
        self.post("/auth/send_magic_link", Some(json!({"email": email}))).await
    }

    /// Logs in with the token of a link.
    pub(crate) async fn redeem(&mut self, token: &str) -> Answer {
        self.post("/auth/redeem_magic_link", Some(json!({"token": token}))).await
    }

    pub(crate) async fn refresh(&mut self) -> Answer {
        self.post("/auth/refresh", None).await
    }

    pub(crate) async fn post(&mut self, path: &str, body: Option<Value>) -> Answer {
        let mut request =
            Request::builder().method("POST").uri(path).header("sec-fetch-site", "same-origin");
        if let Some(place) = &self.place {
            request = request.header("x-forwarded-for", place);
        }
        if !self.jar.is_empty() {
            request = request.header(header::COOKIE, self.cookies());
        }
        let request = match body {
            Some(body) => request
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(body.to_string())),
            None => request.body(Body::empty()),
        };
        let answer = self.app.send(request.unwrap()).await;
        for cookie in answer.set_cookies() {
            let (pair, attributes) = cookie.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                self.jar.remove(name);
            } else {
                self.jar.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    /// The client begins a refresh: it makes an attempt id unless one is pending.
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

    /// The value of the header `Cookie`.
    fn cookies(&self) -> String {
        let cookies = self.jar.iter().map(|(name, value)| format!("{name}={value}"));
        cookies.collect::<Vec<_>>().join("; ")
    }

    /// Drops a cookie of this server.
    pub(crate) fn forget(&mut self, what: &str) {
        self.jar.remove(&self.app.cookie(what));
    }

    /// Stores a cookie that this server did not set.
    pub(crate) fn set_cookie(&mut self, name: &str, value: &str) {
        self.jar.insert(name.to_owned(), value.to_owned());
    }

    /// Replaces the refresh token by another text.
    pub(crate) fn hold(&mut self, token: &str) {
        self.jar.remove(&self.app.cookie("session"));
        self.jar.insert(self.app.cookie("refresh"), token.to_owned());
    }

    /// What a thief has who copied the jar: the refresh token and not the attempt id of later.
    pub(crate) fn stolen_copy(&self) -> Self {
        let mut copy = self.clone();
        copy.jar.remove(&self.app.cookie("attempt"));
        copy
    }
}

/// What the server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn access_token(&self) -> String {
        self.json()["access_token"]
            .as_str()
            .unwrap_or_else(|| panic!("no access token: {}", self.text()))
            .to_owned()
    }

    /// The refresh token in the body of a native answer.
    pub(crate) fn native_refresh_token(&self) -> String {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text());
        self.json()["refresh_token"].as_str().unwrap().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(crate) fn set_cookies(&self) -> Vec<String> {
        let cookies = self.headers.get_all(header::SET_COOKIE).iter();
        cookies.map(|value| value.to_str().unwrap().to_owned()).collect()
    }

    /// Whether the answer clears the refresh token's cookie, at the default public URL.
    pub(crate) fn clears_refresh(&self) -> bool {
        self.set_cookies().iter().any(|cookie| {
            cookie.starts_with(&format!("{REFRESH_COOKIE}=;")) && cookie.contains("Max-Age=0")
        })
    }

    /// Asserts a problem of this status and code, in the shape of RFC 9457.
    #[track_caller]
    pub(crate) fn assert_problem(&self, status: u16, code: &str) {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert_eq!(self.header("cache-control"), Some("no-store"));
        let problem = self.json();
        assert_eq!(
            (problem["code"].as_str(), problem["status"].as_u64()),
            (Some(code), Some(status.into()))
        );
        for member in ["type", "title", "detail"] {
            assert!(
                problem[member].as_str().is_some_and(|text| !text.is_empty()),
                "{member}: {problem}"
            );
        }
        assert!(status != 401 || self.header("www-authenticate").is_some(), "RFC 9110 §11.6.1");
    }

    /// The fields that a validation problem names.
    pub(crate) fn wrong_fields(&self) -> Vec<String> {
        let errors = self.json()["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect()
    }
}
