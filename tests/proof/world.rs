//! A simulated world: a browser whose tabs share one cookie jar, a network that delays and loses messages, an attacker,
//! and the real engine.

use crate::{
    story::{Answer, Event, Handled, Jar, Side},
    tokens::{first, presented, successor},
};
use futures::FutureExt;
use handstamp_engine::{
    clock::Timestamp,
    rotation::{Policy, SessionStore, in_memory::InMemorySession, refresh},
    session::SessionRow,
};
use handstamp_protocol::error::ErrorCode;
use std::time::Duration;

pub(crate) const POLICY: Policy = Policy { window: Duration::from_secs(10), idle: None };
pub(crate) const TABS: usize = 3;
const LIFETIME: Duration = Duration::from_hours(24 * 365);
const LOGIN: Timestamp = Timestamp(1_700_000_000_000);

#[derive(Debug, Clone)]
enum Payload {
    Request(Jar),
    Answer(Answer),
}

#[derive(Debug, Clone)]
struct Message {
    tab: usize,
    refresh_id: u32,
    sent: Timestamp,
    payload: Payload,
}

pub(crate) struct World {
    now: Timestamp,
    /// How far the server's clock has been set back.
    behind: Duration,
    pub(crate) jar: Jar,
    pub(crate) handled: Vec<Handled>,
    /// The tokens that the attacker has, oldest first.
    stolen: Vec<String>,
    session: InMemorySession,
    backups: Vec<SessionRow>,
    messages: Vec<Message>,
    waiting: [Option<u32>; TABS],
    /// Messages older than this are lost.
    max_age: Option<Duration>,
    counter: u32,
}

impl World {
    /// A browser right after its login. The network loses messages older than `max_age`.
    pub(crate) fn logged_in(max_age: Option<Duration>) -> Self {
        let first = first();
        let session =
            InMemorySession::start(first.session(), first.hash(), LIFETIME, LOGIN, POLICY);
        Self {
            now: LOGIN,
            behind: Duration::ZERO,
            jar: Jar { token: first.expose_secret().to_owned(), attempt: None },
            handled: Vec::new(),
            stolen: Vec::new(),
            backups: vec![session.row()],
            session,
            messages: Vec::new(),
            waiting: [None; TABS],
            max_age,
            counter: 0,
        }
    }

    pub(crate) fn row(&self) -> SessionRow {
        self.session.row()
    }

    pub(crate) fn play(&mut self, story: &[Event]) {
        for event in story {
            self.apply_event(event);
        }
    }

    pub(crate) fn apply_event(&mut self, event: &Event) {
        match event {
            Event::Refresh(tab) => self.refresh(tab % TABS),
            Event::Arrive(message) => self.arrive(*message),
            Event::Lose(message) => self.lose(*message),
            Event::Reload(tab) => self.waiting[tab % TABS] = None,
            Event::Pass(milliseconds) => self.pass(Duration::from_millis(*milliseconds)),
            Event::StepBack(milliseconds) => self.behind += Duration::from_millis(*milliseconds),
            Event::Restore(backup) => {
                while !self.messages.is_empty() {
                    self.lose(0);
                }
                self.restore(*backup);
            }
            Event::FailOver(backup) => self.restore(*backup),
            Event::Copy => self.copy(),
            Event::AttackerRefresh { back, attempt } => self.attacker_refresh(*back, *attempt),
        }
    }

    /// Delivers all messages in transit. A refresh that gets 409 is retried up to three times.
    pub(crate) fn settle(&mut self) {
        for _ in 0..6 * self.messages.len() {
            self.arrive(0);
        }
        while !self.messages.is_empty() {
            self.lose(0);
        }
    }

    /// Returns the time of the server's clock.
    pub(crate) fn server_time(&self) -> Timestamp {
        self.now.minus(self.behind)
    }

    /// Returns the request that the server handled last.
    pub(crate) fn last(&self) -> &Handled {
        self.handled.last().unwrap()
    }

    /// Returns the tokens that would rotate the session after the hold.
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
        let payload = Payload::Request(self.jar.clone());
        self.messages.push(Message { tab, refresh_id: self.counter, sent: self.now, payload });
    }

    fn arrive(&mut self, number: usize) {
        let Some(message) = self.take(number) else { return };
        match message.payload {
            Payload::Request(jar) => {
                let payload = Payload::Answer(self.process(Side::Honest, &jar));
                self.messages.push(Message { sent: self.now, payload, ..message });
            }
            Payload::Answer(answer) => {
                // The browser stores the cookies also if the tab no longer waits for the response.
                if let Answer::Granted { sets: Some(token) } = &answer {
                    self.jar = Jar { token: token.clone(), attempt: None };
                }
                let waited = self.stop_waiting(message.tab, message.refresh_id);
                if waited && is_retried(&answer) {
                    self.refresh(message.tab);
                }
            }
        }
    }

    fn lose(&mut self, number: usize) {
        if let Some(message) = self.take(number) {
            self.stop_waiting(message.tab, message.refresh_id);
        }
    }

    fn take(&mut self, number: usize) -> Option<Message> {
        (!self.messages.is_empty()).then(|| self.messages.remove(number % self.messages.len()))
    }

    fn stop_waiting(&mut self, tab: usize, refresh_id: u32) -> bool {
        let waited = self.waiting[tab] == Some(refresh_id);
        if waited {
            self.waiting[tab] = None;
        }
        waited
    }

    fn pass(&mut self, span: Duration) {
        self.now = self.now.plus(span);
        let Some(max_age) = self.max_age else { return };
        let now = self.now;
        let too_old = |message: &Message| now.since(message.sent) > max_age;
        while let Some(number) = self.messages.iter().position(too_old) {
            self.lose(number);
        }
    }

    fn restore(&mut self, backup: usize) {
        let row = self.backups[backup % self.backups.len()].clone();
        self.session = InMemorySession::from_row(row, POLICY);
    }

    fn copy(&mut self) {
        if self.stolen.is_empty() && self.jar.attempt.is_none() {
            self.stolen.push(self.jar.token.clone());
        }
    }

    fn attacker_refresh(&mut self, back: usize, attempt: Option<u8>) {
        let Some(newest) = self.stolen.len().checked_sub(1) else { return };
        let token = self.stolen[newest.saturating_sub(back)].clone();
        let attempt = attempt.map(|number| format!("attacker {number}"));
        let answer = self.process(Side::Attacker, &Jar { token, attempt });
        if let Answer::Granted { sets: Some(token) } = answer
            && !self.stolen.contains(&token)
        {
            self.stolen.push(token);
        }
    }

    /// Handles a request like `rotation::refresh`, on the session in memory.
    fn process(&mut self, side: Side, jar: &Jar) -> Answer {
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
            Handled { side, token: jar.token.clone(), at, before, after, answer: answer.clone() };
        self.handled.push(handled);
        answer
    }
}

/// The client retries immediately after 409.
fn is_retried(answer: &Answer) -> bool {
    matches!(answer, Answer::Refused(ErrorCode::RefreshSuperseded | ErrorCode::RefreshConflict))
}
