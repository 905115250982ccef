//! The baselines: one indexed statement, and one Argon2 function.

use crate::seed::{BenchDatabase, statement};
use anyhow::{Context, anyhow};
use argon2::{Argon2, Block, Params};
use sea_orm::{ConnectionTrait, Value};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Measures an indexed UPDATE with RETURNING on the same rows, over 32 connections on PostgreSQL and over the single
/// writer on SQLite. Each one waits for its commit. Returns statements per second.
pub(crate) async fn updates(database: &BenchDatabase, span: Duration) -> anyhow::Result<f64> {
    let rows = database
        .db
        .query_all_raw(statement(&database.db, "SELECT id FROM sessions LIMIT 10000", []))
        .await?;
    let ids = rows.iter().map(|row| row.try_get("", "id")).collect::<Result<Vec<Uuid>, _>>()?;
    let bare =
        if database.is_postgres() { postgres_pool(database).await? } else { database.db.clone() };
    let writers = if database.is_postgres() { 32 } else { 1 };
    let started = Instant::now();
    let writer = async |first: usize| {
        let mut turn = first;
        while started.elapsed() < span {
            let id = ids[turn.wrapping_mul(7919) % ids.len()];
            let sql = "UPDATE sessions SET last_seen_at = last_seen_at + 1, rotated_at = NULL \
                       WHERE id = $1 RETURNING id, user_id";
            bare.query_all_raw(statement(&bare, sql, [Value::from(id)])).await?;
            turn += writers;
        }
        anyhow::Ok((turn - first) / writers)
    };
    let mut total = 0;
    for done in futures::future::join_all((0..writers).map(writer)).await {
        total += done?;
    }
    let rate = total as f64 / started.elapsed().as_secs_f64();
    if database.is_postgres() {
        bare.close().await?;
    }
    Ok(rate)
}

/// Returns a pool of 32 connections without the checks of the server's pool.
async fn postgres_pool(database: &BenchDatabase) -> anyhow::Result<sea_orm::DatabaseConnection> {
    let mut options = sea_orm::ConnectOptions::new(&database.url);
    options.max_connections(32).min_connections(32).test_before_acquire(false).sqlx_logging(false);
    sea_orm::Database::connect(options).await.context("opening 32 connections")
}

/// Measures Argon2id with the server's parameters on every processor, with reused memory. Returns hashes per second.
pub(crate) fn hashes(span: Duration) -> anyhow::Result<f64> {
    let threads = std::thread::available_parallelism()?.get();
    let started = Instant::now();
    let worker = move || {
        let argon2 = Argon2::default();
        let mut memory = vec![Block::default(); Params::DEFAULT.block_count()];
        let (mut out, mut count) = ([0; 32], 0_u32);
        while started.elapsed() < span {
            argon2
                .hash_password_into_with_memory(
                    b"correct horse battery",
                    &[7; 16],
                    &mut out,
                    &mut memory[..],
                )
                .map_err(|error| anyhow!("{error}"))?;
            count += 1;
        }
        anyhow::Ok(count)
    };
    let running: Vec<_> = (0..threads).map(|_| std::thread::spawn(worker)).collect();
    let mut total = 0;
    for thread in running {
        total += thread.join().map_err(|_| anyhow!("a hashing thread panicked"))??;
    }
    Ok(f64::from(total) / started.elapsed().as_secs_f64())
}
