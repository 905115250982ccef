//! The table of results.

use crate::load::Measured;
use std::{fmt, time::Duration};

/// The lines of the table, and notes below it.
#[derive(Debug, Default)]
pub(crate) struct Report {
    lines: Vec<String>,
    notes: Vec<String>,
}

impl Report {
    /// Adds a rate and its baseline. Higher is better.
    pub(crate) fn rate(
        &mut self,
        what: &str,
        baseline: &str,
        found: &Measured,
        per_second: f64,
        goal: f64,
    ) {
        let ratio = found.per_second / per_second;
        self.line(
            what,
            &format!("{:.0}/s", found.per_second),
            baseline,
            &format!("{per_second:.0}/s"),
            ratio,
            &format!("≥ {goal}"),
            ratio >= goal,
        );
        self.note(&format!("{what}: p50 {}, p99 {}", ms(found.p50), ms(found.p99)));
    }

    /// Adds a latency and its baseline. Lower is better.
    pub(crate) fn latency(
        &mut self,
        what: &str,
        other: &str,
        found: Duration,
        base: Duration,
        goal: f64,
    ) {
        let ratio = found.as_secs_f64() / base.as_secs_f64();
        self.line(what, &ms(found), other, &ms(base), ratio, &format!("≤ {goal}"), ratio <= goal);
    }

    /// Adds a note on the memory of the server.
    pub(crate) fn memory(&mut self, what: &str, kib: u64) {
        self.note(&format!("{what}: {:.0} MiB", kib as f64 / 1024.0));
    }

    /// Adds a note.
    pub(crate) fn note(&mut self, note: &str) {
        self.notes.push(note.to_owned());
    }

    #[expect(clippy::too_many_arguments, reason = "a line of the table has that many cells")]
    fn line(
        &mut self,
        what: &str,
        found: &str,
        other: &str,
        base: &str,
        ratio: f64,
        goal: &str,
        good: bool,
    ) {
        let mark = if good { "reached" } else { "**missed**" };
        self.lines.push(format!(
            "| {what} | {found} | {other} | {base} | {ratio:.2} | {goal} | {mark} |"
        ));
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n| what | | against | | ratio | goal | |\n|---|---|---|---|---|---|---|")?;
        for line in &self.lines {
            writeln!(f, "{line}")?;
        }
        writeln!(f)?;
        self.notes.iter().try_for_each(|note| writeln!(f, "- {note}"))
    }
}

fn ms(span: Duration) -> String {
    format!("{:.2} ms", span.as_secs_f64() * 1000.0)
}
