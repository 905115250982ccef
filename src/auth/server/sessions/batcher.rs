//! Spends the tokens of all who wait in one statement, so that they share one commit.
//!
//! Whoever comes while nobody waits goes at once and alone. While the database writes, others gather,
//! and go together next. That makes refreshes cheaper the more there are: the wait for the disk is
//! what a lone refresh mostly consists of.

use crate::engine::rotation::{Policy, Presented};
use crate::{
    db::{Db, session, with_timeout},
    engine::{clock::Clock, session::SessionRow},
    server::error::ServiceError,
};
use sea_orm::{DbBackend, DbErr};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::sync::{Mutex, mpsc, oneshot};
use uuid::Uuid;

/// The most tokens that go together.
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
    presented: Presented,
    answer: oneshot::Sender<Result<Option<SessionRow>, DbErr>>,
}

/// What the lanes work with.
#[derive(Debug, Clone)]
struct Desk {
    db: Db,
    policy: Policy,
    clock: Clock,
    line: Arc<Mutex<Line>>,
}

impl Queue {
    /// Starts to work. It ends when the last way in is dropped.
    pub fn start(db: Db, policy: Policy, clock: Clock) -> Self {
        let (way_in, waiting) = mpsc::channel(LONGEST_QUEUE);
        let line = Arc::new(Mutex::new(Line { waiting, held_back: None }));
        // SQLite has one writer. PostgreSQL can begin with a group while another one is committed.
        let lanes = if db.get_database_backend() == DbBackend::Postgres { 2 } else { 1 };
        let desk = Desk { db, policy, clock, line };
        for _ in 0..lanes {
            tokio::spawn(keep_working(desk.clone()));
        }
        Self(way_in)
    }

    /// Row 4 of the state table: answers the session as it is now, or nothing when the condition
    /// didn't hold.
    ///
    /// # Errors
    /// `unavailable` when too many wait, or for too long; the database's.
    pub async fn rotate(&self, presented: &Presented) -> Result<Option<SessionRow>, ServiceError> {
        let (answer, answered) = oneshot::channel();
        let unavailable = || ServiceError::try_again();
        let waiting = Waiting { presented: *presented, answer };
        self.0.try_send(waiting).map_err(|_| unavailable())?;
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
    /// Has to go with the next group, because another token of its session is in this one.
    held_back: Option<Waiting>,
}

/// Those who go with one token.
type Together = Vec<Waiting>;

impl Line {
    /// The next group, one token of each session, with only those who still wait. Nothing at the very
    /// end.
    async fn next(&mut self) -> Option<Vec<Together>> {
        let mut next = match self.held_back.take() {
            Some(held_back) => Some(held_back),
            None => Some(self.waiting.recv().await?),
        };
        let mut group: Vec<Together> = Vec::new();
        while let Some(waiting) = next {
            let Presented { session, generation, .. } = waiting.presented;
            let same = group.iter_mut().find(|others| others[0].presented.session == session);
            match same {
                _ if waiting.answer.is_closed() => {}
                None => group.push(vec![waiting]),
                Some(others) if others[0].presented.generation == generation => {
                    others.push(waiting)
                }
                Some(_) => {
                    self.held_back = Some(waiting);
                    break;
                }
            }
            next = (group.len() < LARGEST_GROUP).then(|| self.waiting.try_recv().ok()).flatten();
        }
        Some(group)
    }
}

/// A lane that breaks is replaced: those who were with it are told to come again.
async fn keep_working(desk: Desk) {
    while tokio::spawn(work(desk.clone())).await.is_err() {
        tracing::error!("a group of refreshes broke off");
    }
}

async fn work(desk: Desk) {
    loop {
        let Some(mut group) = desk.line.lock().await.next().await else { return };
        if group.is_empty() {
            continue;
        }
        // Two lanes, or two nodes, lock rows in the same order, and never wait for each other.
        group.sort_by_key(|together| together[0].presented.session);
        let presented: Vec<Presented> =
            group.iter().map(|together| together[0].presented).collect();
        let now = desk.clock.now();
        let outcome = with_timeout(session::rotate(&desk.db, &presented, now, &desk.policy)).await;
        let mut outcome = outcome.map(|rows| {
            rows.into_iter().map(|row| (row.id, row)).collect::<HashMap<Uuid, SessionRow>>()
        });
        for Waiting { presented, answer } in group.into_iter().flatten() {
            // The first has spent the token; whoever came with the same one finds it spent.
            let own = match &mut outcome {
                Ok(rows) => Ok(rows.remove(&presented.session)),
                Err(error) => Err(error.clone()),
            };
            // Nobody listens any more: the client hung up, and repeats with the same attempt id.
            let _ = answer.send(own);
        }
    }
}
