//! The server binary: wiring only.

use anyhow::{Context, bail};
use clap::{Parser, error::ContextKind};
use handstamp::{demo, lab::server_timing};
use handstamp_server::{
    config::{self, Config},
    health_check,
};
use std::{io::Write, process::ExitCode};

/// The access-token / refresh-token login system
#[derive(Parser)]
#[command(version, after_help = config::help())]
struct Cli {
    /// Start once although the secret that this database was used with is gone
    #[arg(long)]
    accept_new_secret: bool,

    /// Ask the running server whether it responds: exit code 0 or 1
    #[arg(long, conflicts_with = "accept_new_secret")]
    health: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "handstamp: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<()> {
    match Cli::try_parse() {
        Ok(Cli { health: true, .. }) => health(),
        Ok(Cli { accept_new_secret, .. }) => serve(accept_new_secret).await,
        Err(error) if !error.use_stderr() => error.print().context("writing to the terminal"),
        Err(error) => {
            let argument =
                error.get(ContextKind::InvalidArg).map(|argument| format!(" {argument}"));
            let argument = argument.unwrap_or_default();
            bail!("{}:{argument}; handstamp --help shows the settings", error.kind())
        }
    }
}

async fn serve(accept_new_secret: bool) -> anyhow::Result<()> {
    read_env_file()?;
    let config = Config { accept_new_secret, ..Config::read(|name| std::env::var(name).ok())? };
    let layer = config.demo.then(server_timing::layer);
    demo::builder().trace_layer(layer).serve_with(config).await
}

fn health() -> anyhow::Result<()> {
    read_env_file()?;
    let (addr, has_tls) = config::listener(|name| std::env::var(name).ok())?;
    health_check::check(addr, has_tls)
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
