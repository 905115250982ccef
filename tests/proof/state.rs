//! The states of the exhaustive model: a browser, an attacker and a session, with small numbers for tokens and ids.

use crate::{
    steps::{Answer, HOLD, NEWEST, Request, Row, Step, StepResult, WINDOW, advance},
    story::Side,
};
use handstamp_protocol::error::ErrorCode;

/// The attempt id of the attacker.
pub(crate) const ATTACKER_ATTEMPT: u8 = 0;

/// A claim that was violated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Claim {
    HonestStaysLoggedIn,
    ReuseIsDetected,
    OneLiveToken,
    GenerationNeverFalls,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Message {
    Requested { request: Request, age: u8 },
    Processing { request: Request, results: Vec<StepResult> },
    Responded { token: u8, age: u8 },
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Attacker {
    /// The newest token that the attacker has, and how many consecutive ones up to it.
    pub(crate) newest: u8,
    pub(crate) known: u8,
    pub(crate) acted: bool,
    pub(crate) processing: Option<(Request, Vec<StepResult>)>,
}

/// The answer of the server in the step that led to this state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct LastAnswer {
    pub(crate) side: Side,
    pub(crate) answer: Answer,
    /// The table was applied more than once (row 10).
    pub(crate) again: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) row: Row,
    pub(crate) jar: Request,
    pub(crate) messages: Vec<Message>,
    pub(crate) attacker: Option<Attacker>,
    /// Who spent the predecessor of the newest token, and the one before that.
    pub(crate) spenders: [Side; 2],
    pub(crate) backup: Option<Row>,
    pub(crate) last: Option<LastAnswer>,
    pub(crate) violated: Option<Claim>,
}

impl Message {
    pub(crate) fn age(&self) -> u8 {
        match self {
            Self::Requested { age, .. } | Self::Responded { age, .. } => *age,
            Self::Processing { .. } => 0,
        }
    }
}

impl State {
    /// The state right after the login.
    pub(crate) fn logged_in() -> Self {
        let row = Row {
            generation: NEWEST,
            attempt: None,
            previous: None,
            age: None,
            held: 0,
            revoked: false,
        };
        Self {
            row,
            jar: Request { token: NEWEST, attempt: None },
            messages: Vec::new(),
            attacker: None,
            spenders: [Side::Honest; 2],
            backup: None,
            last: None,
            violated: None,
        }
    }

    pub(crate) fn is_processing(&self) -> bool {
        self.messages.iter().any(|message| matches!(message, Message::Processing { .. }))
            || self.attacker.as_ref().is_some_and(|attacker| attacker.processing.is_some())
    }

    pub(crate) fn refresh(&mut self) {
        if self.jar.attempt.is_none() {
            // Only equality matters, so any unused number can serve as a new id.
            let taken = self.attempts();
            self.jar.attempt = (ATTACKER_ATTEMPT + 1..).find(|attempt| !taken.contains(attempt));
        }
        self.messages.push(Message::Requested { request: self.jar, age: 0 });
    }

    pub(crate) fn tick(&mut self) {
        for row in std::iter::once(&mut self.row).chain(&mut self.backup) {
            row.age = row.age.map(|age| (age + 1).min(WINDOW));
            row.held = row.age.map_or(0, |_| (row.held + 1).min(HOLD));
        }
        for message in &mut self.messages {
            if let Message::Requested { age, .. } | Message::Responded { age, .. } = message {
                *age += 1;
            }
        }
    }

    pub(crate) fn advance_message(&mut self, number: usize) {
        let (request, results) = match self.messages.remove(number) {
            Message::Responded { token, .. } => {
                self.jar = Request { token, attempt: None };
                return;
            }
            Message::Requested { request, .. } => (request, Vec::new()),
            Message::Processing { request, results } => (request, results),
        };
        match self.process(Side::Honest, request, results) {
            Err(results) => self.messages.push(Message::Processing { request, results }),
            Ok(Some(token)) => self.messages.push(Message::Responded { token, age: 0 }),
            // The answer does not change the jar, so the model drops it.
            Ok(None) => {}
        }
    }

    pub(crate) fn advance_attacker(&mut self) {
        let Some((request, results)) =
            self.attacker.as_mut().and_then(|attacker| attacker.processing.take())
        else {
            return;
        };
        let outcome = self.process(Side::Attacker, request, results);
        let Some(attacker) = &mut self.attacker else { return };
        match outcome {
            Err(results) => attacker.processing = Some((request, results)),
            Ok(Some(token)) if token > attacker.newest => {
                attacker.newest = token;
                // Older ones are equivalent (row 8).
                attacker.known = (attacker.known + 1).min(3);
            }
            Ok(_) => {}
        }
    }

    /// Runs one more step of a request at the server. Returns the token that the answer sets, if any, or the step
    /// results if there is no answer yet.
    fn process(
        &mut self,
        side: Side,
        request: Request,
        mut results: Vec<StepResult>,
    ) -> Result<Option<u8>, Vec<StepResult>> {
        let before = self.row;
        let (after, answer) = advance(before, request, &mut results);
        self.row = after;
        if after.generation < before.generation {
            self.violated = Some(Claim::GenerationNeverFalls);
        }
        let Some(answer) = answer else { return Err(results) };
        let again = results.iter().filter(|result| result.step == Step::Find).count() > 1;
        self.last = Some(LastAnswer { side, answer, again });
        self.violated = self.violated.or(self.judge(side, request, before, answer));
        if after.generation > before.generation {
            self.spenders = [side, self.spenders[0]];
        }
        let replaces = matches!(answer, Answer::Granted { replaces: true, .. });
        Ok(replaces.then_some(request.token + 1))
    }

    fn judge(&self, side: Side, request: Request, before: Row, answer: Answer) -> Option<Claim> {
        use ErrorCode::{RefreshConflict, RefreshSuperseded, RefreshTokenReused};
        let held = match answer {
            Answer::Granted { replaces, .. } => Some(request.token + u8::from(replaces)),
            Answer::Refused(_) => None,
        };
        if held.is_some_and(|held| held != self.row.generation || self.row.revoked) {
            return Some(Claim::OneLiveToken);
        }
        let spent_by_other = match before.generation.saturating_sub(request.token) {
            0 => false,
            1 => self.spenders[0] != side && before.age.is_some_and(|age| age >= WINDOW),
            2 => self.spenders[1] != side,
            _ => true,
        };
        let is_detected = answer == Answer::Refused(RefreshTokenReused) && self.row.revoked;
        if spent_by_other && !before.revoked && !is_detected {
            return Some(Claim::ReuseIsDetected);
        }
        let continues = held.is_some()
            || matches!(answer, Answer::Refused(RefreshConflict | RefreshSuperseded));
        let is_alone = self.attacker.as_ref().is_none_or(|attacker| !attacker.acted);
        (side == Side::Honest && is_alone && !continues).then_some(Claim::HonestStaysLoggedIn)
    }

    /// Renumbers generations and attempt ids, so that equivalent states are equal.
    pub(crate) fn normalize(&mut self) {
        if self.row.generation > NEWEST {
            self.generations(&mut |generation| *generation = generation.saturating_sub(1));
        }
        let mut names = vec![ATTACKER_ATTEMPT];
        self.each_attempt(&mut |attempt| {
            let known = names.iter().position(|name| name == attempt);
            let number = known.unwrap_or_else(|| {
                names.push(*attempt);
                names.len() - 1
            });
            *attempt = u8::try_from(number).unwrap();
        });
        self.messages.sort();
    }

    fn attempts(&mut self) -> Vec<u8> {
        let mut all = Vec::new();
        self.each_attempt(&mut |attempt| all.push(*attempt));
        all
    }

    fn requests(&mut self) -> impl Iterator<Item = (&mut Request, &mut [StepResult])> {
        let none: &mut [StepResult] = &mut [];
        let messages = self.messages.iter_mut().filter_map(|message| match message {
            Message::Requested { request, .. } => Some((request, <&mut [StepResult]>::default())),
            Message::Processing { request, results } => Some((request, results.as_mut_slice())),
            Message::Responded { .. } => None,
        });
        let attacker = self.attacker.iter_mut().filter_map(|attacker| attacker.processing.as_mut());
        let attacker = attacker.map(|(request, results)| (request, results.as_mut_slice()));
        std::iter::once((&mut self.jar, none)).chain(messages).chain(attacker)
    }

    fn generations(&mut self, change: &mut impl FnMut(&mut u8)) {
        change(&mut self.row.generation);
        self.backup.iter_mut().for_each(|row| change(&mut row.generation));
        for (request, results) in self.requests() {
            change(&mut request.token);
            let rows = results.iter_mut().filter_map(|result| result.row.as_mut());
            rows.for_each(|row| change(&mut row.generation));
        }
        for message in &mut self.messages {
            if let Message::Responded { token, .. } = message {
                change(token);
            }
        }
        self.attacker.iter_mut().for_each(|attacker| change(&mut attacker.newest));
    }

    fn each_attempt(&mut self, change: &mut impl FnMut(&mut u8)) {
        let in_row = |row: &mut Row, change: &mut dyn FnMut(&mut u8)| {
            row.attempt.iter_mut().chain(&mut row.previous).for_each(change);
        };
        in_row(&mut self.row, change);
        self.backup.iter_mut().for_each(|row| in_row(row, change));
        for (request, results) in self.requests() {
            request.attempt.iter_mut().for_each(&mut *change);
            let rows = results.iter_mut().filter_map(|result| result.row.as_mut());
            rows.for_each(|row| in_row(row, change));
        }
    }
}
