//! The server binary: wiring only.

use anyhow::{Context, bail};
use handstamp::server::{
    alone,
    clock::Clock,
    config::{self, Config},
    run,
    state::AppState,
    stop_signal, telemetry,
};
use std::{io::Write, process::ExitCode};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> ExitCode {
    let answer = match std::env::args().nth(1).as_deref() {
        None => serve(false).await,
        Some("--accept-new-secret") => serve(true).await,
        Some("--help" | "-h") => print(&config::help()),
        Some("--version" | "-V") => print(concat!("handstamp ", env!("CARGO_PKG_VERSION"), "\n")),
        Some(other) => {
            Err(anyhow::anyhow!("unknown argument {other:?}; handstamp --help shows the settings"))
        }
    };
    match answer {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "handstamp: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(accept_new_secret: bool) -> anyhow::Result<()> {
    match dotenvy::from_path(".env") {
        // Without the line itself: it may hold a secret.
        Err(dotenvy::Error::LineParse(_, place)) => bail!(
            ".env has a line that can't be read (near its character {place}). Each is NAME=value; \
             a value with spaces, quotes or # stands in single quotes"
        ),
        Err(error) if !error.not_found() => return Err(error).context("reading .env"),
        _ => {}
    }
    let config = Config { accept_new_secret, ..Config::read(|name| std::env::var(name).ok())? };
    telemetry::start(&config.log);
    if !config.rate_limits {
        tracing::warn!(
            "HANDSTAMP_RATE_LIMITS is off: anyone may guess passwords as fast as they like"
        );
    }
    match &config.smtp {
        Some(smtp) if smtp.is_open() => tracing::warn!(
            "HANDSTAMP_SMTP_URL sends mail unencrypted to another machine: smtps://, or ?tls=required"
        ),
        None if !config.demo => {
            tracing::warn!("HANDSTAMP_SMTP_URL is not set: no link by mail reaches anybody")
        }
        _ => {}
    }
    // The port first: a second start by mistake must not touch the database of the first.
    let (addr, url) = (config.addr, config.public_url.clone());
    let listener = TcpListener::bind(addr)
        .await
        .with_context(|| format!("listening on {addr} (HANDSTAMP_ADDR)"))?;
    let addr = listener.local_addr().context("reading the address of the listener")?;
    let _alone = alone::hold(&config.database_url)?;
    let state = AppState::new(config, Clock::system()).await?;
    let stop = stop_signal()?;
    let (access_ttl, reuse_window) = (state.config.access_ttl, state.config.reuse_window);
    tracing::info!(%addr, %url, ?access_ttl, ?reuse_window, "handstamp serves");
    run(listener, state, stop).await
}

fn print(text: &str) -> anyhow::Result<()> {
    std::io::stdout().write_all(text.as_bytes()).context("writing to the terminal")
}
