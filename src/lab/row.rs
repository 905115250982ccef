//! A row of the sequence diagram.

use super::flow::What;

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// The page and the browser around it.
    Browser,
    /// The server.
    Server,
    /// The database.
    Database,
}

/// How a row looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As usual.
    Plain,
    /// It went well.
    Good,
    /// It was refused, or never came.
    Bad,
    /// It has to do with the refresh token.
    Stamp,
    /// The lab's own.
    Lab,
}

/// One arrow, or one thing that somebody does alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Counts the rows.
    pub id: u64,
    /// In milliseconds of the monotonic clock.
    pub at: f64,
    /// Where it begins.
    pub from: Lane,
    /// Where it ends.
    pub to: Lane,
    /// What it is in the flow.
    pub what: What,
    /// Which of the nineteen steps it is, from 1, while a tour follows the flow.
    pub step: Option<usize>,
    /// How it looks.
    pub tone: Tone,
    /// In a few words.
    pub text: String,
    /// More of it, in names and values. Nothing in it is secret.
    pub details: Vec<(&'static str, String)>,
}

impl Tone {
    /// This tone, or another one where it is plain.
    pub(super) fn or(self, other: Self) -> Self {
        if self == Self::Plain { other } else { self }
    }

    /// Its name in the style.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Stamp => "stamp",
            Self::Lab => "lab",
        }
    }
}

impl Lane {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Browser => "Browser",
            Self::Server => "Server",
            Self::Database => "Database",
        }
    }
}

/// A duration in words: `0.02 ms`, `12 ms`, `1.4 s`. Number and unit stay on one line.
pub fn milliseconds(took: f64) -> String {
    match took {
        took if took < 1.0 => format!("{:.2}\u{a0}ms", took.max(0.0)),
        took if took < 10.0 => format!("{took:.1}\u{a0}ms"),
        took if took < 1000.0 => format!("{took:.0}\u{a0}ms"),
        took => format!("{:.1}\u{a0}s", took / 1000.0),
    }
}
