//! The events of a story and the requests that the server handled. Plain data, so that proptest can shrink a story.

use handstamp_engine::{clock::Timestamp, session::SessionRow};
use handstamp_protocol::error::ErrorCode;

/// One event. Indices of messages, tabs and backups wrap around.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    /// A tab starts a refresh, unless it waits for a response.
    Refresh(usize),
    /// A message arrives: any of those in transit, so they can be reordered.
    Arrive(usize),
    /// A message is lost, and the tab notices.
    Lose(usize),
    /// A tab is reloaded or crashes: its message stays in transit, and the tab waits for nothing.
    Reload(usize),
    /// Time passes, in milliseconds.
    Pass(u64),
    /// The server's clock is set back, in milliseconds.
    StepBack(u64),
    /// The database is restored to an earlier row while the server is stopped: no message is in transit.
    Restore(usize),
    /// The database is restored to an earlier row while messages are in transit.
    FailOver(usize),
    /// An attacker copies the jar, once, while no attempt is pending.
    Copy,
    /// The attacker refreshes with the newest token they have or an earlier one, with an attempt id of their own or
    /// without.
    AttackerRefresh { back: usize, attempt: Option<u8> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    Honest,
    Attacker,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// An access token, and the new refresh token for the jar, if it changes.
    Granted {
        sets: Option<String>,
    },
    Refused(ErrorCode),
}

/// A refresh as the server saw it.
#[derive(Debug)]
pub(crate) struct Handled {
    pub(crate) side: Side,
    pub(crate) token: String,
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
