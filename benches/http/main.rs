//! The throughput and latency of the server, each compared with a baseline from the same run, because absolute figures
//! from shared machines mean little. `bin/bench` runs it.

#![expect(clippy::print_stdout, reason = "the table goes to standard output")]

mod bare;
mod client;
mod load;
mod report;
mod seed;
mod server;

use anyhow::Context;
use load::{Load, Measured};
use report::Report;
use seed::{BenchDatabase, Chain};
use server::{BenchServer, Mode};
use std::time::Duration;

/// The number of concurrent connections.
const CONNECTIONS: usize = 32;

/// The number of sessions that are refreshed.
const SESSIONS: usize = 10_000;

/// The number of idle sessions that are added for the second table size.
const IDLE_SESSIONS: usize = 990_000;

/// How long a load runs.
const LOAD_DURATION: Duration = Duration::from_secs(4);

fn main() -> anyhow::Result<()> {
    if let Some(mode) = Mode::from_environment() {
        return server::serve(mode);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut report = Report::default();
    let measured = runtime.block_on(measure(&mut report));
    print!("{report}");
    measured
}

/// Measures everything, or only the part that the first argument names: `cargo bench --bench http reads`.
async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let only = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let wants = |part: &str| only.as_deref().is_none_or(|only| only == part);
    if wants("reads") {
        guarded_reads(report).await.context("verified reads")?;
    }
    if wants("sqlite") {
        let sqlite = BenchDatabase::sqlite().await?;
        refreshes(report, &sqlite).await.context("refreshes on SQLite")?;
        sizes(report, &sqlite).await.context("sizes on SQLite")?;
    }
    if wants("postgres") {
        let postgres = BenchDatabase::postgres().await?;
        refreshes(report, &postgres).await.context("refreshes on PostgreSQL")?;
        sizes(report, &postgres).await.context("sizes on PostgreSQL")?;
    }
    if wants("logins") {
        logins(report, &BenchDatabase::sqlite().await?).await.context("logins on SQLite")?;
        logins(report, &BenchDatabase::postgres().await?).await.context("logins on PostgreSQL")?;
    }
    Ok(())
}

/// Compares a handler behind the guard and all middleware with the same handler alone.
async fn guarded_reads(report: &mut Report) -> anyhow::Result<()> {
    let server = BenchServer::start(Mode::Handlers, &BenchDatabase::sqlite().await?)?;
    let token = server.access_token().await?;
    let (mut bare, mut guarded) = (Vec::new(), Vec::new());
    // Alternating, so that load from other processes affects both.
    for _ in 0..7 {
        bare.push(
            Load::get(server.bare_addr()?, "/bare", &token)
                .run(CONNECTIONS, LOAD_DURATION / 4)
                .await?,
        );
        guarded.push(
            Load::get(server.addr, "/guarded", &token).run(CONNECTIONS, LOAD_DURATION / 4).await?,
        );
    }
    let (bare, guarded) = (Measured::median(bare), Measured::median(guarded));
    report.rate("verified GET", "the bare handler", &guarded, bare.per_second, 0.85);
    report.memory("resident memory after the GETs", server.resident_kib()?);
    Ok(())
}

/// Compares refreshes over HTTP with the statement that limits them.
async fn refreshes(report: &mut Report, database: &BenchDatabase) -> anyhow::Result<()> {
    let goal = if database.is_postgres() { 0.67 } else { 1.0 };
    let mut chains = database.seed_sessions(SESSIONS).await?;
    let before = bare::updates(database, LOAD_DURATION).await?;
    let server = BenchServer::start(Mode::Server, database)?;
    let json = load::json_refreshes(&server, &mut chains, CONNECTIONS, LOAD_DURATION).await?;
    let many = load::json_refreshes(&server, &mut chains, 4 * CONNECTIONS, LOAD_DURATION).await?;
    let cookie = load::cookie_refreshes(&server, &mut chains, CONNECTIONS, LOAD_DURATION).await?;
    let memory = server.resident_kib()?;
    drop(server);
    let bare = before.max(bare::updates(database, LOAD_DURATION).await?);
    let name = database.name();
    report.rate(&format!("refresh, /api/refresh, {name}"), "the bare UPDATE", &json, bare, goal);
    report.rate(
        &format!("the same with {} clients", 4 * CONNECTIONS),
        "the bare UPDATE",
        &many,
        bare,
        goal,
    );
    report.rate(&format!("refresh, /auth/refresh, {name}"), "the bare UPDATE", &cookie, bare, goal);
    report.memory(&format!("resident memory after that, {name}"), memory);
    Ok(())
}

/// Compares logins with Argon2 alone, and refreshes during a flood of logins with refreshes without one.
async fn logins(report: &mut Report, database: &BenchDatabase) -> anyhow::Result<()> {
    let mut chains = database.seed_sessions(SESSIONS).await?;
    let server = BenchServer::start(Mode::Server, database)?;
    load::sign_up(&server).await?;
    let (mut bare, mut logins) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        bare.push(bare::hashes(LOAD_DURATION / 4)?);
        logins.push(Load::log_in(server.addr).run(8, LOAD_DURATION / 4).await?);
    }
    bare.sort_by(f64::total_cmp);
    let (bare, logins) = (bare[bare.len() / 2], Measured::median(logins));
    report.rate(
        &format!("login, {}", database.name()),
        "bare Argon2id, the same parameters",
        &logins,
        bare,
        0.95,
    );

    let idle = load::paced_refreshes(&server, &mut chains, LOAD_DURATION).await?;
    let flood =
        tokio::spawn(Load::log_in(server.addr).run(16, LOAD_DURATION + Duration::from_secs(1)));
    let flooded = load::paced_refreshes(&server, &mut chains, LOAD_DURATION).await?;
    let during = flood.await??;
    report.latency(
        &format!("refresh p99 during a flood of logins, {}", database.name()),
        "p99 without one",
        flooded.p99,
        idle.p99,
        2.0,
    );
    report.note(&format!("logins during that flood: {:.0} a second", during.per_second));
    report.memory("resident memory after the flood", server.resident_kib()?);
    Ok(())
}

/// Compares the latency of a refresh in tables of ten thousand and of a million sessions.
async fn sizes(report: &mut Report, database: &BenchDatabase) -> anyhow::Result<()> {
    let mut chains = database.seed_sessions(SESSIONS).await?;
    let small = quiet_median(database, &mut chains).await?;
    database.fill(IDLE_SESSIONS).await?;
    let large = quiet_median(database, &mut chains).await?;
    let what = format!("refresh p50 with 1,000,000 sessions, {}", database.name());
    report.latency(&what, "with 10,000", large, small, 1.2);
    Ok(())
}

/// Returns the lowest of three medians, because load from other processes can only raise them.
async fn quiet_median(
    database: &BenchDatabase,
    chains: &mut Vec<Chain>,
) -> anyhow::Result<Duration> {
    let server = BenchServer::start(Mode::Server, database)?;
    load::paced_refreshes(&server, chains, LOAD_DURATION / 4).await?;
    let mut lowest = Duration::MAX;
    for _ in 0..3 {
        lowest = lowest.min(load::paced_refreshes(&server, chains, LOAD_DURATION / 2).await?.p50);
    }
    Ok(lowest)
}
