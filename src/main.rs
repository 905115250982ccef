//! The server binary: wiring only.

use anyhow::{Context, bail};
use handstamp::{
    db::sqlite_file,
    engine::clock::Clock,
    server::{
        bind,
        config::{self, Config},
        health_check, public_url, run, site, sqlite_lock,
        state::AppState,
        stop_signal, telemetry,
    },
};
use std::{io::Write, process::ExitCode};

#[tokio::main]
async fn main() -> ExitCode {
    let answer = match std::env::args().nth(1).as_deref() {
        None => serve(false).await,
        Some("--accept-new-secret") => serve(true).await,
        Some("--health") => health(),
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
    read_env_file()?;
    let mut config = Config { accept_new_secret, ..Config::read(|name| std::env::var(name).ok())? };
    telemetry::start(&config.log);
    if !config.rate_limits {
        tracing::warn!(
            event = "rate_limits_off",
            "HANDSTAMP_RATE_LIMITS is off: the rate of password guesses is not limited"
        );
    }
    if public_url::is_unencrypted(&config.public_url) {
        tracing::warn!(
            event = "plain_http_allowed",
            "HANDSTAMP_ALLOW_HTTP is true: anyone on the network can read passwords and tokens"
        );
    }
    if config.demo && !public_url::is_loopback(&config.public_url) {
        tracing::warn!(
            event = "demo_on_public_url",
            "HANDSTAMP_DEMO is true on a public URL: anyone can create guest accounts and open the lab"
        );
    }
    for file in config.secret_file.iter().chain(&config.database_url.file()) {
        sqlite_file::warn_if_open(file);
    }
    // Before all that takes time: without a handler, process 1 of a container ignores SIGTERM.
    let stop = stop_signal()?;
    // The port first: a second start by mistake must not touch the database of the first.
    let listener = bind(&mut config).await?;
    let _alone = sqlite_lock::hold(&config.database_url)?;
    let state = AppState::new(config, Clock::system()).await?;
    for warning in state.mailer.warnings() {
        tracing::warn!(event = "mail_settings_warning", "{warning}");
    }
    site::require(&state.leptos)?;
    if state.mailer.shows_outbox() {
        // Not into the log, which others may read.
        let key = state.outbox.key();
        print(&format!("The mail of this demo: {}outbox#{key}\n", state.config.public_url))?;
    }
    run(listener, state, stop).await
}

fn health() -> anyhow::Result<()> {
    read_env_file()?;
    let variable = |name: &str| std::env::var(name).ok();
    let has_tls = variable("HANDSTAMP_TLS_CERT").is_some_and(|file| !file.trim().is_empty());
    health_check::check(config::addr(variable)?, has_tls)
}

fn read_env_file() -> anyhow::Result<()> {
    match dotenvy::from_path(".env") {
        // Without the line itself: it may hold a secret.
        Err(dotenvy::Error::LineParse(_, place)) => bail!(
            ".env has a line that can't be read (near its character {place}). Each is NAME=value; \
             a value with spaces, quotes or # stands in single quotes"
        ),
        Err(error) if !error.not_found() => return Err(error).context("reading .env"),
        _ => {}
    }
    Ok(())
}

fn print(text: &str) -> anyhow::Result<()> {
    std::io::stdout().write_all(text.as_bytes()).context("writing to the terminal")
}
