//! Rotates the refresh tokens of all waiting refreshes in one statement with one commit.
//!
//! A refresh that finds the queue empty is written immediately. Refreshes that arrive during a write are written
//! together in the next batch. The cost of a refresh therefore falls under load: most of its time is spent waiting for
//! the disk.

use crate::{
    db::{Db, session, with_timeout},
    error::ServiceError,
};
use handstamp_engine::{
    clock::Clock,
    rotation::{Policy, Presented},
    session::SessionRow,
};
use sea_orm::{DbBackend, DbErr};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::sync::{Mutex, mpsc, oneshot};
use uuid::Uuid;

/// The maximum number of tokens in a batch.
const MAX_BATCH: usize = 32;

/// The maximum number of waiting refreshes. Further ones fail with `unavailable`.
const MAX_QUEUE: usize = 4096;

/// The maximum queueing time. A refresh that times out before its batch is not written.
const WAIT_TIMEOUT: Duration = Duration::from_secs(5);

/// Queues refreshes for the next batch.
#[derive(Debug, Clone)]
pub struct Batcher(mpsc::Sender<Pending>);

/// A waiting refresh.
#[derive(Debug)]
struct Pending {
    presented: Presented,
    result: oneshot::Sender<Result<Option<SessionRow>, DbErr>>,
}

/// A task that writes batches.
#[derive(Debug, Clone)]
struct Worker {
    db: Db,
    policy: Policy,
    clock: Clock,
    batches: Arc<Mutex<BatchQueue>>,
}

impl Batcher {
    /// Starts the workers, which stop when the last clone of the batcher is dropped.
    pub fn start(db: Db, policy: Policy, clock: Clock) -> Self {
        let (sender, waiting) = mpsc::channel(MAX_QUEUE);
        let batches = Arc::new(Mutex::new(BatchQueue { waiting, held_back: None }));
        // SQLite has one writer. PostgreSQL can run a batch while another one is being committed.
        let workers = if db.get_database_backend() == DbBackend::Postgres { 2 } else { 1 };
        let worker = Worker { db, policy, clock, batches };
        for _ in 0..workers {
            tokio::spawn(supervise(worker.clone()));
        }
        Self(sender)
    }

    /// Rotates a refresh token (row 4 of the state table). Returns the session after the rotation, or `None` if the
    /// condition of the row was not met.
    ///
    /// # Errors
    /// `unavailable` if the queue is full, after the timeout, or if the database is unavailable.
    pub async fn rotate(&self, presented: &Presented) -> Result<Option<SessionRow>, ServiceError> {
        let (result, receiver) = oneshot::channel();
        let unavailable = || ServiceError::try_again();
        let waiting = Pending { presented: *presented, result };
        self.0.try_send(waiting).map_err(|_| unavailable())?;
        match tokio::time::timeout(WAIT_TIMEOUT, receiver).await {
            Ok(Ok(result)) => Ok(result?),
            Ok(Err(_)) | Err(_) => Err(unavailable()),
        }
    }
}

/// The waiting refreshes, in the order of arrival.
#[derive(Debug)]
struct BatchQueue {
    waiting: mpsc::Receiver<Pending>,
    /// A refresh that was deferred to the next batch, because the current one has another token of its session.
    held_back: Option<Pending>,
}

/// Refreshes with the same token.
type Duplicates = Vec<Pending>;

impl BatchQueue {
    /// Returns the next batch, with one token per session and without refreshes that timed out. Returns `None` when all
    /// clones of the batcher are dropped.
    async fn next(&mut self) -> Option<Vec<Duplicates>> {
        let mut next = match self.held_back.take() {
            Some(held_back) => Some(held_back),
            None => Some(self.waiting.recv().await?),
        };
        let mut batch: Vec<Duplicates> = Vec::new();
        while let Some(waiting) = next {
            let Presented { session, generation, .. } = waiting.presented;
            let same = batch.iter_mut().find(|others| others[0].presented.session == session);
            match same {
                _ if waiting.result.is_closed() => {}
                None => batch.push(vec![waiting]),
                Some(others) if others[0].presented.generation == generation => {
                    others.push(waiting)
                }
                Some(_) => {
                    self.held_back = Some(waiting);
                    break;
                }
            }
            next = (batch.len() < MAX_BATCH).then(|| self.waiting.try_recv().ok()).flatten();
        }
        Some(batch)
    }
}

/// Restarts a worker that panics. The refreshes of its batch fail with `unavailable`.
async fn supervise(worker: Worker) {
    while tokio::spawn(work(worker.clone())).await.is_err() {
        tracing::error!(event = "refresh_batch_failed", "a batch of refreshes failed");
    }
}

async fn work(worker: Worker) {
    loop {
        let Some(mut batch) = worker.batches.lock().await.next().await else { return };
        if batch.is_empty() {
            continue;
        }
        // All workers and nodes lock rows in the same order, so they can't deadlock.
        batch.sort_by_key(|duplicates| duplicates[0].presented.session);
        let presented: Vec<Presented> =
            batch.iter().map(|duplicates| duplicates[0].presented).collect();
        let now = worker.clock.now();
        let outcome =
            with_timeout(session::rotate(&worker.db, &presented, now, &worker.policy)).await;
        let mut outcome = outcome.map(|rows| {
            rows.into_iter().map(|row| (row.id, row)).collect::<HashMap<Uuid, SessionRow>>()
        });
        for Pending { presented, result } in batch.into_iter().flatten() {
            // The first request receives the rotated session; duplicates find the token already rotated.
            let own = match &mut outcome {
                Ok(rows) => Ok(rows.remove(&presented.session)),
                Err(error) => Err(error.clone()),
            };
            // Sending fails if the client has disconnected. The client retries with the same idempotency key.
            let _ = result.send(own);
        }
    }
}
