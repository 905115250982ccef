//! The binary: parses its argument, and starts the server of the demo.

use anyhow::{Context, bail};
use handstamp::{demo, lab::server_timing};
use handstamp_server::{
    config::{self, Config},
    health_check,
};
use std::{io::Write, process::ExitCode};

#[tokio::main]
async fn main() -> ExitCode {
    let result = match std::env::args().nth(1).as_deref() {
        None => serve(false).await,
        Some("--accept-new-secret") => serve(true).await,
        Some("--health") => health(),
        Some("--help" | "-h") => print(&config::help()),
        Some("--version" | "-V") => print(concat!("handstamp ", env!("CARGO_PKG_VERSION"), "\n")),
        Some(other) => {
            Err(anyhow::anyhow!("unknown argument {other:?}; handstamp --help shows the settings"))
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "handstamp: {error:#}");
            ExitCode::FAILURE
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
    let variable = |name: &str| std::env::var(name).ok();
    let has_tls = variable("HANDSTAMP_TLS_CERT").is_some_and(|file| !file.trim().is_empty());
    health_check::check(config::addr(variable)?, has_tls)
}

fn read_env_file() -> anyhow::Result<()> {
    match dotenvy::from_path(".env") {
        // The message omits the line, which may contain a secret.
        Err(dotenvy::Error::LineParse(_, place)) => bail!(
            ".env has a line that can't be read (near its character {place}). Each is NAME=value; \
             a value with spaces, quotes or # has to be in single quotes"
        ),
        Err(error) if !error.not_found() => return Err(error).context("reading .env"),
        _ => {}
    }
    Ok(())
}

fn print(text: &str) -> anyhow::Result<()> {
    std::io::stdout().write_all(text.as_bytes()).context("writing to the terminal")
}
