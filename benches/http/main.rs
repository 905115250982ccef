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
use seed::Place;
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

async fn measure(report: &mut Report) -> anyhow::Result<()> {
    guarded_reads(report).await.context("verified reads")?;
    let sqlite = Place::sqlite().await?;
    refreshes(report, &sqlite).await.context("refreshes on SQLite")?;
    sizes(report, &sqlite).await.context("sizes on SQLite")?;
    let postgres = Place::postgres().await?;
    refreshes(report, &postgres).await.context("refreshes on PostgreSQL")?;
    logins(report, &postgres).await.context("logins")?;
    sizes(report, &postgres).await.context("sizes on PostgreSQL")?;
    Ok(())
}

/// A handler behind the guard and all middleware, against the same handler alone.
async fn guarded_reads(report: &mut Report) -> anyhow::Result<()> {
    let server = BenchServer::start(Mode::Handlers, &Place::sqlite().await?)?;
    let token = server.access_token().await?;
    let (mut bare, mut guarded) = (Vec::new(), Vec::new());
    // By turns, so that a noisy neighbour meets both.
    for _ in 0..3 {
        bare.push(Load::get(server.bare_addr()?, "/bare", None).run(CONNECTIONS, SPAN / 2).await?);
        guarded.push(
            Load::get(server.addr, "/guarded", Some(&token)).run(CONNECTIONS, SPAN / 2).await?,
        );
    }
    let (bare, guarded) = (Measured::median(bare), Measured::median(guarded));
    report.rate("verified GET", "the bare handler", &guarded, bare.per_second, 0.85);
    report.memory("resident memory after 100,000s of GETs", server.resident_kib()?);
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
    let bare = bare::hashes(SPAN)?;
    let logins = Load::log_in(server.addr).run(8, SPAN).await?;
    let bare = bare.max(bare::hashes(SPAN)?);
    report.rate("login", "bare Argon2id, the same parameters", &logins, bare, 0.95);

    let idle = load::paced_refreshes(&server, &mut chains, SPAN).await?;
    let flood = tokio::spawn(Load::log_in(server.addr).run(16, SPAN + Duration::from_secs(1)));
    let flooded = load::paced_refreshes(&server, &mut chains, SPAN).await?;
    let during = flood.await??;
    report.latency(
        "refresh p99 during a flood of logins",
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
    let server = BenchServer::start(Mode::Server, place)?;
    load::paced_refreshes(&server, &mut chains, SPAN / 4).await?;
    let small = load::paced_refreshes(&server, &mut chains, SPAN).await?;
    drop(server);
    place.fill(MORE).await?;
    let server = BenchServer::start(Mode::Server, place)?;
    load::paced_refreshes(&server, &mut chains, SPAN / 4).await?;
    let large = load::paced_refreshes(&server, &mut chains, SPAN).await?;
    let what = format!("refresh p50 with 1,000,000 sessions, {}", place.name());
    report.latency(&what, "with 10,000", large.p50, small.p50, 1.2);
    Ok(())
}
