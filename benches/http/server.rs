//! The measured server: this program in a process of its own.

use crate::{
    client::{Client, post},
    seed::BenchDatabase,
};
use anyhow::{Context, bail};
use axum::{Router, routing::get};
use handstamp::demo;
use handstamp_engine::clock::Clock;
use handstamp_server::{
    config::Config,
    http::telemetry,
    serve::{bind, run, stop_signal},
    sessions::current_user::CurrentUser,
};
use std::net::SocketAddr;
use support::process::Server;
use tokio::net::TcpListener;

/// A public secret, because the data need no protection.
pub(crate) const SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// Independent of the port, because on PostgreSQL it has to match that of the previous server.
const PUBLIC_URL: &str = "http://localhost:3000";

/// The name of the refresh cookie at [`PUBLIC_URL`].
pub(crate) const REFRESH_COOKIE: &str = "handstamp_refresh_3000";

const MODE: &str = "HANDSTAMP_BENCH_MODE";
const BARE: &str = "HANDSTAMP_BENCH_BARE";

/// What the server process serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The unchanged server.
    Server,
    /// The server with a handler behind its guard, and the same handler alone on another port.
    Handlers,
}

impl Mode {
    pub(crate) fn from_environment() -> Option<Self> {
        match std::env::var(MODE).ok()?.as_str() {
            "server" => Some(Self::Server),
            _ => Some(Self::Handlers),
        }
    }
}

/// The server process.
#[derive(Debug)]
pub(crate) struct BenchServer {
    pub(crate) addr: SocketAddr,
    bare: Option<SocketAddr>,
    process: Server,
}

impl BenchServer {
    pub(crate) fn start(mode: Mode, database: &BenchDatabase) -> anyhow::Result<Self> {
        let program = std::env::current_exe()?;
        // A port that is free now.
        let bare = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let bare_text = bare.to_string();
        let settings = [
            (MODE, if mode == Mode::Server { "server" } else { "handlers" }),
            (BARE, bare_text.as_str()),
            ("DATABASE_URL", database.url.as_str()),
            ("HANDSTAMP_SECRET", SECRET),
            ("HANDSTAMP_PUBLIC_URL", PUBLIC_URL),
            ("HANDSTAMP_REUSE_WINDOW", "0s"),
            ("HANDSTAMP_RATE_LIMITS", "off"),
            ("HANDSTAMP_DEMO", "true"),
            ("HANDSTAMP_LOG", "handstamp_server::serve=info,warn"),
        ];
        let program = program.to_str().context("a path that isn't UTF-8")?;
        let process = Server::start(program, database.folder.path(), &settings)?;
        Ok(Self { addr: process.addr, bare: (mode == Mode::Handlers).then_some(bare), process })
    }

    pub(crate) fn bare_addr(&self) -> anyhow::Result<SocketAddr> {
        self.bare.context("no bare handler in this mode")
    }

    /// Logs in a guest, and returns the access token.
    pub(crate) async fn access_token(&self) -> anyhow::Result<String> {
        let mut client = Client::connect(self.addr).await?;
        client.send(&post("/auth/try_it", "", "")).await?.value_after("\"access_token\":\"")
    }

    /// Returns the resident memory of the process in KiB.
    pub(crate) fn resident_kib(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }
}

/// Serves until the process receives a stop signal.
pub(crate) fn serve(mode: Mode) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut config = Config::read(|name| std::env::var(name).ok())?;
        telemetry::start(&config.log);
        let listener = bind(&mut config).await?;
        let own = match mode {
            Mode::Server => Router::new(),
            Mode::Handlers => {
                let Ok(bare) = std::env::var(BARE) else { bail!("{BARE} is missing") };
                let bare = TcpListener::bind(bare).await?;
                let app = Router::new().route("/bare", get(async || "Hello"));
                tokio::spawn(async move { axum::serve(bare, app).await });
                Router::new().route("/guarded", get(async |_: CurrentUser| "Hello"))
            }
        };
        let (state, router) = demo::builder().routes(own).build(config, Clock::system()).await?;
        run(listener, router, state, stop_signal()?).await
    })
}
