//! The session stores on the database and in memory behave alike, so that the proofs, which run in memory, hold for
//! the server too.

use crate::helpers::TestApp;
use handstamp_engine::{
    clock::Timestamp,
    refresh_token::{RefreshToken, TokenHash},
    rotation::{Presented, in_memory::InMemorySession, refresh},
    session::SessionRow,
};
use handstamp_protocol::error::{AppError, EndReason, ErrorCode};
use handstamp_server::{
    accounts::sign_up::sign_up_guest, db::session, device::Device, error::ServiceError,
};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use sea_orm::{ConnectionTrait, Statement, Value};

/// An event in the life of a session.
#[derive(Debug, Clone)]
enum Step {
    /// A refresh with the token of this generation.
    Refresh { generation: usize, attempt: Option<u8> },
    /// Time passes, in milliseconds, or the clock steps back.
    Wait(i64),
    /// A logout.
    End,
    /// The database is restored to its state some steps ago.
    Restore(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        12 => (0..6_usize, proptest::option::of(0..3_u8))
            .prop_map(|(generation, attempt)| Step::Refresh { generation, attempt }),
        // Values around the limits of the reuse window, the rotation interval and the idle lifetime.
        6 => prop_oneof![Just(1), Just(9_999), Just(10_000), Just(20_000), Just(1_800_000), Just(-5_000)]
            .prop_map(Step::Wait),
        1 => Just(Step::End),
        2 => (0..8_usize).prop_map(Step::Restore),
    ];
    proptest::collection::vec(step, 1..24)
}

/// The columns that the decision table reads or writes.
type RotationColumns = (i64, [Option<Vec<u8>>; 3], Option<Timestamp>, Timestamp, i64, bool);

fn rotation_columns(row: &SessionRow) -> RotationColumns {
    let SessionRow { generation, token_hash, attempt_hash, previous_attempt_hash, .. } =
        row.clone();
    let (rotated_at, seen, ended) = (row.rotated_at, row.last_seen_at, row.revoked_at.is_some());
    let hashes = [token_hash, attempt_hash, previous_attempt_hash];
    (generation, hashes, rotated_at, seen, row.repeats, ended)
}

/// One session in both stores.
struct SessionPair<'a> {
    app: &'a TestApp,
    memory: InMemorySession,
    /// The refresh tokens of the session by generation.
    tokens: Vec<RefreshToken>,
    /// The row after each step.
    history: Vec<SessionRow>,
}

impl<'a> SessionPair<'a> {
    async fn new(app: &'a TestApp) -> Self {
        let issued = sign_up_guest(&app.state.accounts, Device::default()).await.unwrap();
        let first = issued.refresh_token;
        let row = session::find(&app.state.db.reader, first.session()).await.unwrap().unwrap();
        let mut tokens = vec![first];
        for _ in 0..8 {
            tokens.push(tokens.last().unwrap().successor(&app.state.keys).unwrap());
        }
        let memory = InMemorySession::from_row(row.clone(), app.state.sessions.policy);
        Self { app, memory, tokens, history: vec![row] }
    }

    async fn stored_row(&self) -> SessionRow {
        session::find(&self.app.state.db.reader, self.tokens[0].session()).await.unwrap().unwrap()
    }

    async fn run(&mut self, step: &Step) {
        let now = self.app.state.clock.now();
        match *step {
            Step::Refresh { generation, attempt } => self.refresh(generation, attempt, now).await,
            Step::Wait(millis) => self.app.shift_millis(millis),
            Step::End => {
                let id = self.tokens[0].session();
                let db = &self.app.state.db.reader;
                session::revoke(db, id, EndReason::LoggedOut, now).await.unwrap();
                self.memory.end(EndReason::LoggedOut, now);
            }
            Step::Restore(back) => {
                let row = self.history[self.history.len().saturating_sub(1 + back)].clone();
                restore(self.app, &row).await;
                self.memory = InMemorySession::from_row(row, self.app.state.sessions.policy);
            }
        }
        let stored = self.stored_row().await;
        assert_eq!(
            rotation_columns(&stored),
            rotation_columns(&self.memory.row()),
            "after {step:?}"
        );
        self.history.push(stored);
    }

    async fn refresh(&self, generation: usize, attempt: Option<u8>, now: Timestamp) {
        let token = &self.tokens[generation];
        let presented = Presented {
            session: token.session(),
            generation: token.generation(),
            token: token.hash(),
            successor: self.tokens[generation + 1].hash(),
            attempt: attempt.map(|attempt| TokenHash::of(&attempt.to_string())),
        };
        let policy = &self.app.state.sessions.policy;
        let in_database = refresh(&self.app.state.sessions, &presented, now, policy).await;
        let in_memory = refresh(&self.memory, &presented, now, policy).await;
        let outcome = |granted: Result<_, AppError>| -> Result<bool, ErrorCode> {
            granted.map_err(|error| error.code)
        };
        assert_eq!(
            outcome(in_database.map(|granted| granted.rotated).map_err(ServiceError::log)),
            outcome(in_memory.map(|granted| granted.rotated)),
            "generation {generation}, attempt {attempt:?}"
        );
    }
}

/// Overwrites a session with an earlier row, as restoring a backup does.
async fn restore(app: &TestApp, row: &SessionRow) {
    let db = &app.state.db.reader;
    let sql = "UPDATE sessions SET generation = $1, token_hash = $2, attempt_hash = $3, \
               previous_attempt_hash = $4, rotated_at = $5, last_seen_at = $6, revoked_at = $7, \
               revoked_reason = $8, repeats = $9 WHERE id = $10";
    let values: [Value; 10] = [
        row.generation.into(),
        row.token_hash.clone().into(),
        row.attempt_hash.clone().into(),
        row.previous_attempt_hash.clone().into(),
        row.rotated_at.into(),
        row.last_seen_at.into(),
        row.revoked_at.into(),
        row.revoked_reason.clone().into(),
        row.repeats.into(),
        row.id.into(),
    ];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    db.execute_raw(statement).await.unwrap();
}

#[test]
fn sessions_on_the_database_and_in_memory_behave_alike() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let app = runtime.block_on(TestApp::start_with(&[("HANDSTAMP_IDLE_TTL", "1h")]));
    let mut runner =
        TestRunner::new(Config { cases: 128, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&steps(), |steps| {
        runtime.block_on(async {
            let mut pair = SessionPair::new(&app).await;
            for step in &steps {
                pair.run(step).await;
            }
        });
        Ok(())
    });
    outcome.unwrap();
}
