use super::{Browser, database::TestDatabase};
use crate::thread_log;
use axum::{Router, http::StatusCode};
use handstamp::demo;
use handstamp_engine::clock::{Clock, Timestamp};
use handstamp_leptos::{builder::Builder, site};
use handstamp_server::{config::Config, http::state::AppState, serve};
use leptos::config::LeptosOptions;
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::net::TcpListener;

/// A server without a socket, with its own database and clock.
pub(crate) struct TestApp {
    pub(super) router: Router,
    pub(crate) state: AppState,
    options: LeptosOptions,
    now: Arc<AtomicI64>,
    users: AtomicU32,
    _database: TestDatabase,
}

impl TestApp {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts a server with these settings. Rate limits are disabled unless a test enables them.
    pub(crate) async fn start_with(settings: &[(&str, &str)]) -> Self {
        thread_log::subscribe();
        let database = TestDatabase::new().await;
        let config = config(settings, database.url());
        let now = Arc::new(AtomicI64::new(1_800_000_000_000));
        let millis = Arc::clone(&now);
        let clock = Clock::from_fn(move || Timestamp(millis.load(Ordering::SeqCst)));
        let options = site::options("handstamp", "site");
        let builder = demo::builder().options(options.clone());
        let (state, router) = builder.build(config, clock).await.unwrap();
        Self { router, state, options, now, users: AtomicU32::new(0), _database: database }
    }

    /// Restarts the server with further routes.
    pub(crate) async fn with_routes(self, routes: Router<AppState>) -> Self {
        self.rebuilt(demo::builder().routes(routes)).await
    }

    /// Restarts the server with this builder.
    pub(crate) async fn rebuilt(mut self, builder: Builder) -> Self {
        let (config, clock) = (self.state.config.clone(), self.state.clock.clone());
        let builder = builder.options(self.options.clone());
        (self.state, self.router) = builder.build(config, clock).await.unwrap();
        self
    }

    /// Restarts the server with another site.
    pub(crate) async fn with_site(mut self, site: LeptosOptions) -> Self {
        self.options = site;
        self.restart().await;
        self
    }

    /// Restarts the server with the same database and secret.
    pub(crate) async fn restart(&mut self) {
        self.restart_with(self.state.config.clone()).await;
    }

    /// Restarts the server with the same database and these secrets, newest first.
    pub(crate) async fn restart_with_secrets(&mut self, secrets: &str) {
        let read = Config::read(|name| (name == "HANDSTAMP_SECRET").then(|| secrets.to_owned()));
        let config = Config { secrets: read.unwrap().secrets, ..self.state.config.clone() };
        self.state.membership.leave(&self.state.db.reader).await;
        self.restart_with(config).await;
    }

    async fn restart_with(&mut self, config: Config) {
        (self.state, self.router) = self.node(config).await;
    }

    async fn node(&self, config: Config) -> (AppState, Router) {
        let builder = demo::builder().options(self.options.clone());
        builder.build(config, self.state.clock.clone()).await.unwrap()
    }

    /// Starts another node with the same database.
    pub(crate) async fn other_node(&self) -> Router {
        self.node(self.state.config.clone()).await.1
    }

    /// Serves on a socket until `shutdown` resolves.
    pub(crate) fn serve(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> impl Future<Output = anyhow::Result<()>> + Send + 'static {
        serve::run(listener, self.router.clone(), self.state.clone(), shutdown)
    }

    pub(crate) fn advance(&self, span: Duration) {
        self.shift_millis(i64::try_from(span.as_millis()).unwrap());
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

    /// Signs up a new user: `person-0`, `person-1` and so on. Returns the browser and its access token.
    pub(crate) async fn signed_up(&self) -> (Browser<'_>, String) {
        let name = format!("person-{}", self.users.fetch_add(1, Ordering::SeqCst));
        let mut browser = self.browser();
        let answer = browser.sign_up(&name).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let token = answer.access_token();
        (browser, token)
    }
}

fn config(settings: &[(&str, &str)], database_url: String) -> Config {
    let defaults = [
        ("DATABASE_URL", database_url.as_str()),
        ("HANDSTAMP_DEMO", "true"),
        ("HANDSTAMP_SECRET", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
        ("HANDSTAMP_RATE_LIMITS", "off"),
    ];
    let read = Config::read(|name| {
        let setting = settings.iter().chain(&defaults).find(|(variable, _)| *variable == name);
        setting.map(|(_, value)| (*value).to_owned())
    });
    read.unwrap()
}
