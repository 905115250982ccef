//! A row of the sequence diagram.

use super::flow::What;
use std::sync::Arc;

/// A participant of the diagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// The page and the browser around it.
    Browser,
    /// The server.
    Server,
    /// The database.
    Database,
    /// The attacker, whom the lab's server plays.
    Thief,
    /// Another device of the same user, which the lab's server plays.
    Device,
}

/// The colour of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// The default.
    Plain,
    /// A success.
    Good,
    /// A refusal, or a request without a response.
    Bad,
    /// Something about the refresh token.
    RefreshToken,
    /// A request to the lab's own server functions.
    Lab,
}

/// What a message contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cargo {
    /// Neither a token nor a result.
    Nothing,
    /// The access token.
    Ticket,
    /// The refresh token.
    Stamp,
    /// Both tokens.
    Both,
    /// Data, or a success.
    Data,
    /// A refusal.
    Refusal,
}

/// The session as the server and the database have it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SessionStatus {
    /// Not known to this page.
    #[default]
    None,
    /// Active.
    Active,
    /// Ended: expired, revoked or logged out.
    Ended,
}

/// Who holds what after a row, as far as the page knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holdings {
    /// The name of the access token in the memory of this page.
    pub ticket: Option<String>,
    /// Why the server has refused that token, if it has.
    pub ticket_refused: Option<&'static str>,
    /// The generation of the refresh token in the cookie of this browser.
    pub stamp: Option<String>,
    /// The newest generation in the database.
    pub newest: Option<String>,
    /// The generation of the attacker's refresh token.
    pub thief: Option<String>,
    /// The session in the database.
    pub session: SessionStatus,
}

/// A change of the holdings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// The page stores an access token of this name.
    Ticket(String),
    /// The server has refused the access token.
    TicketRefused(&'static str),
    /// The browser stores a refresh token of this generation.
    Stamp(String),
    /// The database stores this generation.
    Newest(String),
    /// The attacker holds this generation, or nothing any more.
    Thief(Option<String>),
    /// The session has ended on the server.
    Ended,
    /// The page deletes its tokens.
    Cleared,
}

/// An arrow between two participants, or an activity of one.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Counts the rows.
    pub id: u64,
    /// In milliseconds of the monotonic clock.
    pub at: f64,
    /// The participant at which the arrow starts.
    pub from: Lane,
    /// The participant at which it ends.
    pub to: Lane,
    /// Whether the message does not arrive.
    pub is_lost: bool,
    /// What the message contains.
    pub cargo: Cargo,
    /// Its kind in the flow.
    pub what: What,
    /// Its step in the flow, from 1 to 19, while a tour follows the flow.
    pub step: Option<usize>,
    /// Its colour.
    pub tone: Tone,
    /// The summary.
    pub text: String,
    /// More about it, as names and values. None of them is secret.
    pub details: Vec<(&'static str, String)>,
    /// Who holds what afterwards.
    pub holdings: Arc<Holdings>,
}

/// A row before the history gives it its id, time, step and holdings.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) lanes: (Lane, Lane),
    pub(super) is_lost: bool,
    pub(super) cargo: Cargo,
    pub(super) what: What,
    pub(super) tone: Tone,
    pub(super) text: String,
    pub(super) details: Vec<(&'static str, String)>,
    pub(super) changes: Vec<Change>,
}

impl Draft {
    pub(super) fn new(lanes: (Lane, Lane), what: What, tone: Tone, text: String) -> Self {
        Self {
            lanes,
            is_lost: false,
            cargo: Cargo::Nothing,
            what,
            tone,
            text,
            details: Vec::new(),
            changes: Vec::new(),
        }
    }

    pub(super) fn in_browser(what: What, tone: Tone, text: impl Into<String>) -> Self {
        Self::new((Lane::Browser, Lane::Browser), what, tone, text.into())
    }

    pub(super) fn on_server(what: What, tone: Tone, text: String) -> Self {
        Self::new((Lane::Server, Lane::Server), what, tone, text)
    }

    pub(super) fn with_details(self, details: Vec<(&'static str, String)>) -> Self {
        Self { details, ..self }
    }

    pub(super) fn carrying(self, cargo: Cargo) -> Self {
        Self { cargo, ..self }
    }

    pub(super) fn changing(mut self, changes: impl IntoIterator<Item = Change>) -> Self {
        self.changes.extend(changes);
        self
    }

    pub(super) fn lost(self) -> Self {
        Self { is_lost: true, ..self }
    }
}

impl Holdings {
    pub(super) fn apply(&mut self, change: Change) {
        match change {
            Change::Ticket(name) => {
                self.ticket = Some(name);
                self.ticket_refused = None;
            }
            Change::TicketRefused(why) => self.ticket_refused = Some(why),
            Change::Stamp(generation) => self.stamp = Some(generation),
            Change::Newest(generation) => {
                self.newest = Some(generation);
                self.session = SessionStatus::Active;
            }
            Change::Thief(generation) => self.thief = generation,
            Change::Ended => {
                self.session = SessionStatus::Ended;
                self.newest = None;
            }
            Change::Cleared => {
                (self.ticket, self.ticket_refused, self.stamp) = (None, None, None);
            }
        }
    }
}

impl Tone {
    /// Returns this tone, or `other` if this one is plain.
    pub(super) fn or(self, other: Self) -> Self {
        if self == Self::Plain { other } else { self }
    }

    /// Returns its name in the style sheet.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Good => "good",
            Self::Bad => "bad",
            Self::RefreshToken => "stamp",
            Self::Lab => "lab",
        }
    }
}

impl Lane {
    /// Returns its visible name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Browser => "Browser",
            Self::Server => "Server",
            Self::Database => "Database",
            Self::Thief => "Thief",
            Self::Device => "Other device",
        }
    }

    /// Returns its place in the diagram, from left to right.
    pub fn column(self) -> u8 {
        match self {
            Self::Browser => 0,
            Self::Server => 1,
            Self::Database => 2,
            Self::Thief | Self::Device => 3,
        }
    }

    /// Returns the name of its place in the style sheet.
    pub fn column_name(self) -> &'static str {
        ["browser", "server", "database", "second"][usize::from(self.column())]
    }

    /// Whether it is a second client, next to the browser of this page.
    pub fn is_second_client(self) -> bool {
        matches!(self, Self::Thief | Self::Device)
    }
}

impl Cargo {
    /// Returns its visible name, which is empty for an empty message.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Ticket => "ticket",
            Self::Stamp => "stamp",
            Self::Both => "ticket + stamp",
            Self::Data => "data",
            Self::Refusal => "refused",
        }
    }
}

/// Formats a duration: `0.02 ms`, `12 ms`, `1.4 s`. A no-break space keeps number and unit on one line.
pub fn milliseconds(took: f64) -> String {
    match took {
        took if took < 1.0 => format!("{:.2}\u{a0}ms", took.max(0.0)),
        took if took < 10.0 => format!("{took:.1}\u{a0}ms"),
        took if took < 1000.0 => format!("{took:.0}\u{a0}ms"),
        took => format!("{:.1}\u{a0}s", took / 1000.0),
    }
}
