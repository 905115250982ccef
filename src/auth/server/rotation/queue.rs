//! Spends the tokens of all who wait in one statement, so that they share one commit.
//!
//! Whoever comes while nobody waits goes at once and alone. While the database writes, others gather,
//! and go together next. That makes refreshes cheaper the more there are: the wait for the disk is
//! what a lone refresh mostly consists of.

use super::{Policy, Presented};
use crate::{
    db::{
        Db,
        session::{self, Rotation, SessionRow},
    },
    error::{AppError, ErrorCode},
    server::clock::Timestamp,
};
use sea_orm::{DbBackend, DbErr};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::sync::{Mutex, mpsc, oneshot};
use uuid::Uuid;

/// The most that go together. Groups are powers of two, so that there are six texts of the statement
/// to prepare and no more.
const LARGEST_GROUP: usize = 32;

/// How many may wait before the server says that it is busy.
const LONGEST_QUEUE: usize = 4096;

/// How long one may wait. Nobody is rotated who has given up before their turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// The way in.
#[derive(Debug, Clone)]
pub struct Queue(mpsc::Sender<Waiting>);

/// A refresh that waits for its turn.
#[derive(Debug)]
struct Waiting {
    rotation: Rotation,
    answer: oneshot::Sender<Result<Option<SessionRow>, DbErr>>,
}

impl Queue {
    /// Starts to work. It ends when the last way in is dropped.
    pub fn start(db: &Db, policy: Policy) -> Self {
        let (way_in, waiting) = mpsc::channel(LONGEST_QUEUE);
        let line = Arc::new(Mutex::new(Line { waiting, held_back: None }));
        // SQLite has one writer. PostgreSQL can begin with a group while another one is committed.
        let lanes = if db.get_database_backend() == DbBackend::Postgres { 2 } else { 1 };
        for _ in 0..lanes {
            tokio::spawn(work(db.clone(), policy, Arc::clone(&line)));
        }
        Self(way_in)
    }

    /// Row 4 of the state table: answers the session as it is now, or nothing when the condition
    /// didn't hold.
    ///
    /// # Errors
    /// `unavailable` when too many wait, or for too long; the database's.
    pub async fn rotate(
        &self,
        presented: &Presented,
        now: Timestamp,
    ) -> Result<Option<SessionRow>, AppError> {
        let (answer, answered) = oneshot::channel();
        let rotation = Rotation { presented: *presented, now };
        let unavailable = || AppError::new(ErrorCode::Unavailable).retry_after(1);
        self.0.try_send(Waiting { rotation, answer }).map_err(|_| unavailable())?;
        match tokio::time::timeout(PATIENCE, answered).await {
            Ok(Ok(answer)) => Ok(answer?),
            Ok(Err(_)) | Err(_) => Err(unavailable()),
        }
    }
}

/// Those who wait, in the order in which they came.
#[derive(Debug)]
struct Line {
    waiting: mpsc::Receiver<Waiting>,
    /// Has to go with the next group, because its session was in this one already.
    held_back: Option<Waiting>,
}

impl Line {
    /// The next group: one of each session, and only those who still wait. Nothing at the very end.
    async fn next(&mut self) -> Option<Vec<Waiting>> {
        let first = match self.held_back.take() {
            Some(held_back) => held_back,
            None => self.waiting.recv().await?,
        };
        let behind = self.waiting.len();
        // The largest power of two that isn't more than there are.
        let size = 1 << (behind + 1).min(LARGEST_GROUP).ilog2();
        let mut group = vec![first];
        while group.len() < size {
            let Ok(next) = self.waiting.try_recv() else { break };
            let session = next.rotation.presented.session;
            if group.iter().any(|other| other.rotation.presented.session == session) {
                self.held_back = Some(next);
                break;
            }
            group.push(next);
        }
        Some(group)
    }
}

async fn work(db: Db, policy: Policy, line: Arc<Mutex<Line>>) {
    loop {
        let Some(mut group) = line.lock().await.next().await else { return };
        group.retain(|waiting| !waiting.answer.is_closed());
        let rotations: Vec<Rotation> = group.iter().map(|waiting| waiting.rotation).collect();
        if rotations.is_empty() {
            continue;
        }
        let mut outcome = session::rotate(&db, &rotations, &policy)
            .await
            .map(|rows| rows.into_iter().map(|row| (row.id, row)).collect::<HashMap<Uuid, _>>());
        for Waiting { rotation, answer } in group {
            let own = match &mut outcome {
                Ok(rows) => Ok(rows.remove(&rotation.presented.session)),
                Err(error) => Err(error.clone()),
            };
            // Nobody listens any more: the client hung up, and repeats with the same attempt id.
            let _ = answer.send(own);
        }
    }
}
