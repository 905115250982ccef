//! What happens in a story, and what the server made of it. Plain data, so that a failing story shrinks.

use handstamp::{
    engine::{clock::Timestamp, session::SessionRow},
    protocol::error::ErrorCode,
};

/// One thing that happens. Numbers that name a message, a tab or a backup wrap around.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    /// A tab starts a refresh, unless it waits for one.
    Refresh(usize),
    /// A message arrives: any of those under way, so they overtake each other.
    Arrive(usize),
    /// A message is lost, and the tab notices.
    Lose(usize),
    /// A tab is reloaded, crashes or is restored: what it sent is under way, and it waits for nothing.
    Reload(usize),
    /// Time passes: a pause, a sleep.
    Pass(u64),
    /// The server's clock is set back, by so many milliseconds.
    StepBack(u64),
    /// The database goes back to an earlier row. The server stood still for it: nothing is under way.
    Restore(usize),
    /// The database goes back to an earlier row while messages are under way.
    FailOver(usize),
    /// A thief copies the jar, once, while no attempt is pending.
    Copy,
    /// The thief refreshes with what they know: the newest token or one of those before, with an
    /// attempt id of their own or without.
    Steal { back: usize, attempt: Option<u8> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    Honest,
    Thief,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// An access token, and the refresh token that the jar is to hold from now on, if it changes.
    Granted {
        sets: Option<String>,
    },
    Refused(ErrorCode),
}

/// A refresh as the server saw it.
#[derive(Debug)]
pub(crate) struct Handled {
    pub(crate) side: Side,
    pub(crate) shown: String,
    pub(crate) at: Timestamp,
    pub(crate) before: SessionRow,
    pub(crate) after: SessionRow,
    pub(crate) answer: Answer,
}

#[derive(Debug, Clone)]
pub(crate) struct Jar {
    pub(crate) token: String,
    pub(crate) attempt: Option<String>,
}
