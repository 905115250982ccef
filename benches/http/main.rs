//! What the server does in a second, always beside something bare that was measured in the same run:
//! the machines that this runs on are shared, and a figure alone says nothing. `bin/bench` runs it.

#![expect(clippy::print_stdout, reason = "the table is what it is for")]

mod bare;
mod client;
mod load;
mod report;
mod seed;
mod server;

use anyhow::Context;
use load::{Load, Measured};
use report::Report;
use seed::{Chain, Place};
use server::{BenchServer, Mode};
use std::time::Duration;

/// How many connections ask at once.
const CONNECTIONS: usize = 32;

/// Sessions that are refreshed, each chaining its newest token.
const SESSIONS: usize = 10_000;

/// Sessions that are just there, for the second size.
const MORE: usize = 990_000;

const SPAN: Duration = Duration::from_secs(4);

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

/// Measures everything, or what the first argument names: `cargo bench --bench http reads`.
async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let only = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let wants = |part: &str| only.as_deref().is_none_or(|only| only == part);
    if wants("reads") {
        guarded_reads(report).await.context("verified reads")?;
    }
    if wants("sqlite") {
        let sqlite = Place::sqlite().await?;
        refreshes(report, &sqlite).await.context("refreshes on SQLite")?;
        sizes(report, &sqlite).await.context("sizes on SQLite")?;
    }
    if wants("postgres") {
        let postgres = Place::postgres().await?;
        refreshes(report, &postgres).await.context("refreshes on PostgreSQL")?;
        sizes(report, &postgres).await.context("sizes on PostgreSQL")?;
    }
    if wants("logins") {
        logins(report, &Place::sqlite().await?).await.context("logins on SQLite")?;
        logins(report, &Place::postgres().await?).await.context("logins on PostgreSQL")?;
    }
    Ok(())
}

/// A handler behind the guard and all middleware, against the same handler alone.
async fn guarded_reads(report: &mut Report) -> anyhow::Result<()> {
    let server = BenchServer::start(Mode::Handlers, &Place::sqlite().await?)?;
    let token = server.access_token().await?;
    let (mut bare, mut guarded) = (Vec::new(), Vec::new());
    // By turns, so that a noisy neighbour meets both.
    for _ in 0..7 {
        bare.push(
            Load::get(server.bare_addr()?, "/bare", &token).run(CONNECTIONS, SPAN / 4).await?,
        );
        guarded.push(Load::get(server.addr, "/guarded", &token).run(CONNECTIONS, SPAN / 4).await?);
    }
    let (bare, guarded) = (Measured::median(bare), Measured::median(guarded));
    report.rate("verified GET", "the bare handler", &guarded, bare.per_second, 0.85);
    report.memory("resident memory after the GETs", server.resident_kib()?);
    Ok(())
}

/// Refreshes over HTTP, against the one statement that a refresh hangs on.
async fn refreshes(report: &mut Report, place: &Place) -> anyhow::Result<()> {
    let goal = if place.is_postgres() { 0.67 } else { 1.0 };
    let mut chains = place.seed_sessions(SESSIONS).await?;
    let before = bare::updates(place, SPAN).await?;
    let server = BenchServer::start(Mode::Server, place)?;
    let native = load::refreshes(&server, &mut chains, CONNECTIONS, SPAN).await?;
    let many = load::refreshes(&server, &mut chains, 4 * CONNECTIONS, SPAN).await?;
    let browser = load::browser_refreshes(&server, &mut chains, CONNECTIONS, SPAN).await?;
    let memory = server.resident_kib()?;
    drop(server);
    let bare = before.max(bare::updates(place, SPAN).await?);
    let name = place.name();
    report.rate(&format!("refresh, /api/refresh, {name}"), "the bare UPDATE", &native, bare, goal);
    report.rate(
        &format!("the same with {} clients", 4 * CONNECTIONS),
        "the bare UPDATE",
        &many,
        bare,
        goal,
    );
    report.rate(
        &format!("refresh, /auth/refresh, {name}"),
        "the bare UPDATE",
        &browser,
        bare,
        goal,
    );
    report.memory(&format!("resident memory after that, {name}"), memory);
    Ok(())
}

/// Logins against Argon2 alone, and what a flood of them does to refreshes.
async fn logins(report: &mut Report, place: &Place) -> anyhow::Result<()> {
    let mut chains = place.seed_sessions(SESSIONS).await?;
    let server = BenchServer::start(Mode::Server, place)?;
    load::sign_up(&server).await?;
    let (mut bare, mut logins) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        bare.push(bare::hashes(SPAN / 4)?);
        logins.push(Load::log_in(server.addr).run(8, SPAN / 4).await?);
    }
    bare.sort_by(f64::total_cmp);
    let (bare, logins) = (bare[bare.len() / 2], Measured::median(logins));
    report.rate(
        &format!("login, {}", place.name()),
        "bare Argon2id, the same parameters",
        &logins,
        bare,
        0.95,
    );

    let idle = load::paced_refreshes(&server, &mut chains, SPAN).await?;
    let flood = tokio::spawn(Load::log_in(server.addr).run(16, SPAN + Duration::from_secs(1)));
    let flooded = load::paced_refreshes(&server, &mut chains, SPAN).await?;
    let during = flood.await??;
    report.latency(
        &format!("refresh p99 during a flood of logins, {}", place.name()),
        "p99 without one",
        flooded.p99,
        idle.p99,
        2.0,
    );
    report.note(&format!("logins during that flood: {:.0} a second", during.per_second));
    report.memory("resident memory after the flood", server.resident_kib()?);
    Ok(())
}

/// The latency of a refresh in a table of ten thousand and of a million sessions.
async fn sizes(report: &mut Report, place: &Place) -> anyhow::Result<()> {
    let mut chains = place.seed_sessions(SESSIONS).await?;
    let small = quiet_median(place, &mut chains).await?;
    place.fill(MORE).await?;
    let large = quiet_median(place, &mut chains).await?;
    let what = format!("refresh p50 with 1,000,000 sessions, {}", place.name());
    report.latency(&what, "with 10,000", large, small, 1.2);
    Ok(())
}

/// The least of three medians: what a neighbour adds isn't ours.
async fn quiet_median(place: &Place, chains: &mut Vec<Chain>) -> anyhow::Result<Duration> {
    let server = BenchServer::start(Mode::Server, place)?;
    load::paced_refreshes(&server, chains, SPAN / 4).await?;
    let mut least = Duration::MAX;
    for _ in 0..3 {
        least = least.min(load::paced_refreshes(&server, chains, SPAN / 2).await?.p50);
    }
    Ok(least)
}
