//! The experiment with a stolen refresh token: the user decides who refreshes next. The server plays the attacker.

mod runs;
pub mod view;

pub use view::TheftExperiment;

use leptos::prelude::*;

/// The id of the element that says why the buttons are disabled.
const OBSTACLE: &str = "theft-obstacle";

/// One line of the story.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    id: usize,
    who: &'static str,
    what: String,
}

/// The attacker's side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Thief {
    /// Nothing was copied yet.
    Absent,
    /// Holds a token of this generation.
    Holds(u32),
    /// Was refused with a token of this generation.
    Refused(u32),
}

/// The last theft. It is still shown after the session has ended.
#[derive(Debug, Clone, Copy)]
pub struct Theft {
    lines: RwSignal<Vec<Line>>,
    thief: RwSignal<Thief>,
    /// Whether the server noticed.
    is_noticed: RwSignal<bool>,
}

impl Default for Theft {
    fn default() -> Self {
        Self {
            lines: RwSignal::new(Vec::new()),
            thief: RwSignal::new(Thief::Absent),
            is_noticed: RwSignal::new(false),
        }
    }
}

impl Theft {
    fn restart(self) {
        self.lines.set(Vec::new());
        self.thief.set(Thief::Absent);
        self.is_noticed.set(false);
    }

    fn add_line(self, who: &'static str, what: impl Into<String>) {
        self.lines.try_update(|lines| {
            let id = lines.len();
            lines.push(Line { id, who, what: what.into() });
        });
    }
}
