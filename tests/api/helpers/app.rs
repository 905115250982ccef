use super::{Browser, database::TestDatabase};
use axum::{Router, http::StatusCode};
use handstamp::{
    engine::clock::{Clock, Timestamp},
    server::{
        config::Config,
        router::{router, router_with},
        state::AppState,
    },
};
use leptos::config::LeptosOptions;
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU32, Ordering},
    },
    time::Duration,
};

/// The server without a socket, with its own database and clock.
pub(crate) struct TestApp {
    pub(super) router: Router,
    pub(crate) state: AppState,
    now: Arc<AtomicI64>,
    users: AtomicU32,
    _database: TestDatabase,
}

impl TestApp {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts with settings as an operator sets them. Rate limits are off unless a test sets them.
    pub(crate) async fn start_with(settings: &[(&str, &str)]) -> Self {
        let database = TestDatabase::new().await;
        let config = config(settings, database.url());
        let now = Arc::new(AtomicI64::new(1_800_000_000_000));
        let millis = Arc::clone(&now);
        let clock = Clock::from_fn(move || Timestamp(millis.load(Ordering::SeqCst)));
        let state = AppState::new(config, clock).await.unwrap();
        Self {
            router: router(state.clone()),
            state,
            now,
            users: AtomicU32::new(0),
            _database: database,
        }
    }

    /// Adds routes of the test.
    pub(crate) fn with_routes(mut self, own: Router<AppState>) -> Self {
        self.router = router_with(own, self.state.clone());
        self
    }

    /// Serves another site.
    pub(crate) async fn with_site(mut self, site: LeptosOptions) -> Self {
        let (config, clock) = (self.state.config.clone(), self.state.clock.clone());
        self.state = AppState::with_leptos_options(config, clock, site).await.unwrap();
        self.router = router(self.state.clone());
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

    /// Restarts the server with the same database and this configuration.
    pub(crate) async fn restart_with(&mut self, config: Config) {
        self.state = AppState::new(config, self.state.clock.clone()).await.unwrap();
        self.router = router(self.state.clone());
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
