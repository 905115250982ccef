//! A browser whose tabs share one cookie jar, a network that delays and loses, a thief, and the real
//! engine behind it.

use crate::{
    story::{Answer, Event, Handled, Jar, Side},
    tokens::{first, presented, successor},
};
use futures::FutureExt;
use handstamp::{
    engine::{
        clock::Timestamp,
        rotation::{Policy, SessionStore, in_memory::InMemorySession, refresh},
        session::SessionRow,
    },
    protocol::error::ErrorCode,
};
use std::time::Duration;

pub(crate) const POLICY: Policy = Policy { window: Duration::from_secs(10), idle: None };
pub(crate) const TABS: usize = 3;
const LIFETIME: Duration = Duration::from_hours(24 * 365);
const LOGIN: Timestamp = Timestamp(1_700_000_000_000);

#[derive(Debug, Clone)]
enum Leg {
    Request(Jar),
    Answer(Answer),
}

#[derive(Debug, Clone)]
struct Message {
    tab: usize,
    flight: u32,
    sent: Timestamp,
    leg: Leg,
}

pub(crate) struct World {
    now: Timestamp,
    /// How far the server's clock is behind.
    behind: Duration,
    pub(crate) jar: Jar,
    pub(crate) handled: Vec<Handled>,
    /// The tokens that the thief has seen, oldest first.
    loot: Vec<String>,
    session: InMemorySession,
    backups: Vec<SessionRow>,
    wire: Vec<Message>,
    waiting: [Option<u32>; TABS],
    /// A message that gets older than this is lost.
    patience: Option<Duration>,
    counter: u32,
}

impl World {
    /// A browser right after its login, on a network that loses every message older than `patience`.
    pub(crate) fn signed_in(patience: Option<Duration>) -> Self {
        let first = first();
        let session =
            InMemorySession::start(first.session(), first.hash(), LIFETIME, LOGIN, POLICY);
        Self {
            now: LOGIN,
            behind: Duration::ZERO,
            jar: Jar { token: first.expose_secret().to_owned(), attempt: None },
            handled: Vec::new(),
            loot: Vec::new(),
            backups: vec![session.row()],
            session,
            wire: Vec::new(),
            waiting: [None; TABS],
            patience,
            counter: 0,
        }
    }

    pub(crate) fn row(&self) -> SessionRow {
        self.session.row()
    }

    pub(crate) fn tell(&mut self, story: &[Event]) {
        for event in story {
            self.happen(event);
        }
    }

    pub(crate) fn happen(&mut self, event: &Event) {
        match event {
            Event::Refresh(tab) => self.refresh(tab % TABS),
            Event::Arrive(message) => self.arrive(*message),
            Event::Lose(message) => self.lose(*message),
            Event::Reload(tab) => self.waiting[tab % TABS] = None,
            Event::Pass(milliseconds) => self.pass(Duration::from_millis(*milliseconds)),
            Event::StepBack(milliseconds) => self.behind += Duration::from_millis(*milliseconds),
            Event::Restore(backup) => {
                while !self.wire.is_empty() {
                    self.lose(0);
                }
                self.go_back(*backup);
            }
            Event::FailOver(backup) => self.go_back(*backup),
            Event::Copy => self.copy(),
            Event::Steal { back, attempt } => self.steal(*back, *attempt),
        }
    }

    /// Lets everything arrive that is under way, with three tries for a refresh that meets 409.
    pub(crate) fn settle(&mut self) {
        for _ in 0..6 * self.wire.len() {
            self.arrive(0);
        }
        while !self.wire.is_empty() {
            self.lose(0);
        }
    }

    /// What the server's clock says.
    pub(crate) fn server_time(&self) -> Timestamp {
        self.now.minus(self.behind)
    }

    /// What the server answered last.
    pub(crate) fn last(&self) -> &Handled {
        self.handled.last().unwrap()
    }

    /// Those of these tokens that would rotate the session, once it isn't held any more.
    pub(crate) fn live(&self, tokens: impl Iterator<Item = String>) -> Vec<String> {
        let later = self.server_time().plus(POLICY.min_rotation_interval());
        let rotates = |token: &String| {
            let session = InMemorySession::from_row(self.row(), POLICY);
            let rotated = session.rotate(&presented(token, None), later).now_or_never().unwrap();
            rotated.unwrap().is_some()
        };
        tokens.filter(rotates).collect()
    }

    fn refresh(&mut self, tab: usize) {
        if self.waiting[tab].is_some() {
            return;
        }
        self.counter += 1;
        if self.jar.attempt.is_none() {
            self.jar.attempt = Some(format!("attempt {}", self.counter));
        }
        self.waiting[tab] = Some(self.counter);
        let leg = Leg::Request(self.jar.clone());
        self.wire.push(Message { tab, flight: self.counter, sent: self.now, leg });
    }

    fn arrive(&mut self, number: usize) {
        let Some(message) = self.take(number) else { return };
        match message.leg {
            Leg::Request(jar) => {
                let leg = Leg::Answer(self.serve(Side::Honest, &jar));
                self.wire.push(Message { sent: self.now, leg, ..message });
            }
            Leg::Answer(answer) => {
                // The jar takes what comes, whether or not the tab still waits for it.
                if let Answer::Granted { sets: Some(token) } = &answer {
                    self.jar = Jar { token: token.clone(), attempt: None };
                }
                let waited = self.hang_up(message.tab, message.flight);
                if waited && is_worth_a_retry(&answer) {
                    self.refresh(message.tab);
                }
            }
        }
    }

    fn lose(&mut self, number: usize) {
        if let Some(message) = self.take(number) {
            self.hang_up(message.tab, message.flight);
        }
    }

    fn take(&mut self, number: usize) -> Option<Message> {
        (!self.wire.is_empty()).then(|| self.wire.remove(number % self.wire.len()))
    }

    fn hang_up(&mut self, tab: usize, flight: u32) -> bool {
        let waited = self.waiting[tab] == Some(flight);
        if waited {
            self.waiting[tab] = None;
        }
        waited
    }

    fn pass(&mut self, span: Duration) {
        self.now = self.now.plus(span);
        let Some(patience) = self.patience else { return };
        let now = self.now;
        let too_old = |message: &Message| now.since(message.sent) > patience;
        while let Some(number) = self.wire.iter().position(too_old) {
            self.lose(number);
        }
    }

    fn go_back(&mut self, backup: usize) {
        let row = self.backups[backup % self.backups.len()].clone();
        self.session = InMemorySession::from_row(row, POLICY);
    }

    fn copy(&mut self) {
        if self.loot.is_empty() && self.jar.attempt.is_none() {
            self.loot.push(self.jar.token.clone());
        }
    }

    fn steal(&mut self, back: usize, attempt: Option<u8>) {
        let Some(newest) = self.loot.len().checked_sub(1) else { return };
        let token = self.loot[newest.saturating_sub(back)].clone();
        let attempt = attempt.map(|number| format!("thief {number}"));
        let answer = self.serve(Side::Thief, &Jar { token, attempt });
        if let Answer::Granted { sets: Some(token) } = answer
            && !self.loot.contains(&token)
        {
            self.loot.push(token);
        }
    }

    /// What `rotation::refresh` does with a request, on the session in memory.
    fn serve(&mut self, side: Side, jar: &Jar) -> Answer {
        let presented = presented(&jar.token, jar.attempt.as_deref());
        let before = self.row();
        let at = self.server_time();
        let outcome = refresh(&self.session, &presented, at, &POLICY).now_or_never().unwrap();
        let answer = match outcome {
            Ok(granted) => Answer::Granted { sets: granted.rotated.then(|| successor(&jar.token)) },
            Err(error) => Answer::Refused(error.code),
        };
        let after = self.row();
        if before.generation != after.generation {
            self.backups.push(before.clone());
        }
        let handled =
            Handled { side, shown: jar.token.clone(), at, before, after, answer: answer.clone() };
        self.handled.push(handled);
        answer
    }
}

/// The client retries at once where the server says 409.
fn is_worth_a_retry(answer: &Answer) -> bool {
    matches!(answer, Answer::Refused(ErrorCode::RefreshSuperseded | ErrorCode::RefreshConflict))
}
