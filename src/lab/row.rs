//! A row of the sequence diagram.

use super::flow::What;

/// A participant of the diagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// The page and the browser around it.
    Browser,
    /// The server.
    Server,
    /// The database.
    Database,
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
}

/// A row before the history gives it its id, time and step.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) lanes: (Lane, Lane),
    pub(super) what: What,
    pub(super) tone: Tone,
    pub(super) text: String,
    pub(super) details: Vec<(&'static str, String)>,
}

impl Draft {
    pub(super) fn new(lanes: (Lane, Lane), what: What, tone: Tone, text: String) -> Self {
        Self { lanes, what, tone, text, details: Vec::new() }
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
