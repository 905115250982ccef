//! Exports the history as Mermaid, JSON and SVG.

mod svg;

pub use svg::svg;

use super::{
    recording::Recording,
    row::{Lane, Row},
};
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};

/// A row as JSON.
#[derive(Serialize)]
struct Exported<'a> {
    at: f64,
    from: &'static str,
    to: &'static str,
    arrives: bool,
    step: Option<usize>,
    text: &'a str,
    details: BTreeMap<&'static str, &'a str>,
}

/// An export: the rows to read, and the recording to replay.
#[derive(Serialize)]
struct Document<'a> {
    rows: Vec<Exported<'a>>,
    recording: &'a Recording,
}

/// Returns the participants of these rows, from left to right.
fn lanes(rows: &VecDeque<Row>) -> Vec<Lane> {
    let mut lanes = vec![Lane::Browser, Lane::Server, Lane::Database];
    let others = [Lane::Thief, Lane::Device];
    lanes.extend(
        others
            .into_iter()
            .filter(|lane| rows.iter().any(|row| row.from == *lane || row.to == *lane)),
    );
    lanes
}

/// Returns the rows as a Mermaid sequence diagram.
pub fn mermaid(rows: &VecDeque<Row>) -> String {
    let mut diagram = "sequenceDiagram\n".to_owned();
    for lane in lanes(rows) {
        diagram.push_str(&format!("    participant {} as {}\n", letter(lane), lane.name()));
    }
    for row in rows {
        let (from, to, text) = (letter(row.from), letter(row.to), escape(&row.text));
        diagram.push_str(&match (row.from, row.to) {
            (Lane::Browser, Lane::Browser) => format!("    Note over {from}: {text}\n"),
            _ if row.is_lost => format!("    {from}--x{to}: {text}\n"),
            (from_lane, to_lane) if is_response(from_lane, to_lane) => {
                format!("    {from}-->>{to}: {text}\n")
            }
            _ => format!("    {from}->>{to}: {text}\n"),
        });
    }
    diagram
}

/// Returns the rows as JSON, with times in milliseconds since the first row, and the recording.
pub fn as_json(rows: &VecDeque<Row>, recording: &Recording) -> String {
    let mut first = None;
    let rows = rows.iter().map(|row| Exported {
        at: ((row.at - *first.get_or_insert(row.at)) * 1000.0).round() / 1000.0,
        from: row.from.name(),
        to: row.to.name(),
        arrives: !row.is_lost,
        step: row.step,
        text: &row.text,
        details: row.details.iter().map(|(name, value)| (*name, value.as_str())).collect(),
    });
    // Serialization fails only for numbers that are not finite.
    serde_json::to_string_pretty(&Document { rows: rows.collect(), recording }).unwrap_or_default()
}

/// Whether an arrow between these participants is a response, which diagrams draw dashed.
pub fn is_response(from: Lane, to: Lane) -> bool {
    from == Lane::Database || from == Lane::Server && !matches!(to, Lane::Server | Lane::Database)
}

fn letter(lane: Lane) -> &'static str {
    match lane {
        Lane::Browser => "B",
        Lane::Server => "S",
        Lane::Database => "D",
        Lane::Thief => "T",
        Lane::Device => "O",
    }
}

/// Replaces the characters of Mermaid's syntax by their entity codes, and control characters by spaces.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            ';' | '#' | ':' | '<' | '>' | '{' | '}' | '&' | '%' | '"' | '\\' | '`' => {
                escaped.push_str(&format!("#{};", u32::from(character)));
            }
            _ if character.is_control() => escaped.push(' '),
            _ => escaped.push(character),
        }
    }
    escaped
}
