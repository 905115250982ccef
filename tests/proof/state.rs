//! The states of the exhaustive model: a browser, a thief and a session, in small numbers.

use crate::{
    steps::{Answer, Brought, HOLD, NEWEST, Request, Row, Step, WINDOW, go_on},
    story::Side,
};
use handstamp::protocol::error::ErrorCode;

/// The thief's attempt id.
pub(crate) const THIEF: u8 = 0;

/// A claim, where it was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Claim {
    HonestIsNeverSignedOut,
    ThiefIsCaught,
    OneLiveToken,
    NoWayBack,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Message {
    Asking { request: Request, age: u8 },
    Served { request: Request, past: Vec<Brought> },
    Answered { token: u8, age: u8 },
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Thief {
    /// The newest token that they have seen, and how many in a row up to it.
    pub(crate) newest: u8,
    pub(crate) known: u8,
    pub(crate) acted: bool,
    pub(crate) served: Option<(Request, Vec<Brought>)>,
}

/// What the server answered in the step that led here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Told {
    pub(crate) side: Side,
    pub(crate) answer: Answer,
    /// The table was applied more than once (row 10).
    pub(crate) again: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) row: Row,
    pub(crate) jar: Request,
    pub(crate) wire: Vec<Message>,
    pub(crate) thief: Option<Thief>,
    /// Who spent the newest token's predecessor, and who the one before that.
    pub(crate) spenders: [Side; 2],
    pub(crate) backup: Option<Row>,
    pub(crate) last: Option<Told>,
    pub(crate) broken: Option<Claim>,
}

impl Message {
    pub(crate) fn age(&self) -> u8 {
        match self {
            Self::Asking { age, .. } | Self::Answered { age, .. } => *age,
            Self::Served { .. } => 0,
        }
    }
}

impl State {
    /// Right after the login.
    pub(crate) fn signed_in() -> Self {
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
            wire: Vec::new(),
            thief: None,
            spenders: [Side::Honest; 2],
            backup: None,
            last: None,
            broken: None,
        }
    }

    pub(crate) fn is_serving(&self) -> bool {
        self.wire.iter().any(|message| matches!(message, Message::Served { .. }))
            || self.thief.as_ref().is_some_and(|thief| thief.served.is_some())
    }

    pub(crate) fn refresh(&mut self) {
        if self.jar.attempt.is_none() {
            // Only equality matters: a number that nobody holds is as good as a new one.
            let taken = self.attempts();
            self.jar.attempt = (THIEF + 1..).find(|attempt| !taken.contains(attempt));
        }
        self.wire.push(Message::Asking { request: self.jar, age: 0 });
    }

    pub(crate) fn tick(&mut self) {
        for row in std::iter::once(&mut self.row).chain(&mut self.backup) {
            row.age = row.age.map(|age| (age + 1).min(WINDOW));
            row.held = row.age.map_or(0, |_| (row.held + 1).min(HOLD));
        }
        for message in &mut self.wire {
            if let Message::Asking { age, .. } | Message::Answered { age, .. } = message {
                *age += 1;
            }
        }
    }

    pub(crate) fn message_goes_on(&mut self, number: usize) {
        let (request, past) = match self.wire.remove(number) {
            Message::Answered { token, .. } => {
                self.jar = Request { token, attempt: None };
                return;
            }
            Message::Asking { request, .. } => (request, Vec::new()),
            Message::Served { request, past } => (request, past),
        };
        match self.serve(Side::Honest, request, past) {
            Err(past) => self.wire.push(Message::Served { request, past }),
            Ok(Some(token)) => self.wire.push(Message::Answered { token, age: 0 }),
            // It changes nothing for the jar, so it may as well be lost.
            Ok(None) => {}
        }
    }

    pub(crate) fn theft_goes_on(&mut self) {
        let Some((request, past)) = self.thief.as_mut().and_then(|thief| thief.served.take())
        else {
            return;
        };
        let served = self.serve(Side::Thief, request, past);
        let Some(thief) = &mut self.thief else { return };
        match served {
            Err(past) => thief.served = Some((request, past)),
            Ok(Some(token)) if token > thief.newest => {
                thief.newest = token;
                // Older ones are all one: row 8.
                thief.known = (thief.known + 1).min(3);
            }
            Ok(_) => {}
        }
    }

    /// One more step at the server. Answers the token that the asker is to hold from now on, if the
    /// answer is made and sets one.
    fn serve(
        &mut self,
        side: Side,
        request: Request,
        mut past: Vec<Brought>,
    ) -> Result<Option<u8>, Vec<Brought>> {
        let before = self.row;
        let (after, answer) = go_on(before, request, &mut past);
        self.row = after;
        if after.generation < before.generation {
            self.broken = Some(Claim::NoWayBack);
        }
        let Some(answer) = answer else { return Err(past) };
        let again = past.iter().filter(|brought| brought.step == Step::Find).count() > 1;
        self.last = Some(Told { side, answer, again });
        self.broken = self.broken.or(self.judge(side, request, before, answer));
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
        let is_caught = answer == Answer::Refused(RefreshTokenReused) && self.row.revoked;
        if spent_by_other && !before.revoked && !is_caught {
            return Some(Claim::ThiefIsCaught);
        }
        let goes_on = held.is_some()
            || matches!(answer, Answer::Refused(RefreshConflict | RefreshSuperseded));
        let is_alone = self.thief.as_ref().is_none_or(|thief| !thief.acted);
        (side == Side::Honest && is_alone && !goes_on).then_some(Claim::HonestIsNeverSignedOut)
    }

    /// Brings equal situations to the same form, so that they count as one state.
    pub(crate) fn tidy(&mut self) {
        if self.row.generation > NEWEST {
            self.generations(&mut |generation| *generation = generation.saturating_sub(1));
        }
        let mut names = vec![THIEF];
        self.each_attempt(&mut |attempt| {
            let known = names.iter().position(|name| name == attempt);
            let number = known.unwrap_or_else(|| {
                names.push(*attempt);
                names.len() - 1
            });
            *attempt = u8::try_from(number).unwrap();
        });
        self.wire.sort();
    }

    fn attempts(&mut self) -> Vec<u8> {
        let mut all = Vec::new();
        self.each_attempt(&mut |attempt| all.push(*attempt));
        all
    }

    fn requests(&mut self) -> impl Iterator<Item = (&mut Request, &mut [Brought])> {
        let none: &mut [Brought] = &mut [];
        let wire = self.wire.iter_mut().filter_map(|message| match message {
            Message::Asking { request, .. } => Some((request, <&mut [Brought]>::default())),
            Message::Served { request, past } => Some((request, past.as_mut_slice())),
            Message::Answered { .. } => None,
        });
        let thief = self.thief.iter_mut().filter_map(|thief| thief.served.as_mut());
        let thief = thief.map(|(request, past)| (request, past.as_mut_slice()));
        std::iter::once((&mut self.jar, none)).chain(wire).chain(thief)
    }

    fn generations(&mut self, change: &mut impl FnMut(&mut u8)) {
        change(&mut self.row.generation);
        self.backup.iter_mut().for_each(|row| change(&mut row.generation));
        for (request, past) in self.requests() {
            change(&mut request.token);
            let rows = past.iter_mut().filter_map(|brought| brought.row.as_mut());
            rows.for_each(|row| change(&mut row.generation));
        }
        for message in &mut self.wire {
            if let Message::Answered { token, .. } = message {
                change(token);
            }
        }
        self.thief.iter_mut().for_each(|thief| change(&mut thief.newest));
    }

    fn each_attempt(&mut self, change: &mut impl FnMut(&mut u8)) {
        let in_row = |row: &mut Row, change: &mut dyn FnMut(&mut u8)| {
            row.attempt.iter_mut().chain(&mut row.previous).for_each(change);
        };
        in_row(&mut self.row, change);
        self.backup.iter_mut().for_each(|row| in_row(row, change));
        for (request, past) in self.requests() {
            request.attempt.iter_mut().for_each(&mut *change);
            let rows = past.iter_mut().filter_map(|brought| brought.row.as_mut());
            rows.for_each(|row| in_row(row, change));
        }
    }
}
