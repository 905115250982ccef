//! Exports the history as Mermaid and as JSON.

use super::row::{Lane, Row};
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};

/// A row as JSON.
#[derive(Serialize)]
struct Exported<'a> {
    at: f64,
    from: &'static str,
    to: &'static str,
    step: Option<usize>,
    text: &'a str,
    details: BTreeMap<&'static str, &'a str>,
}

/// Returns the rows as a Mermaid sequence diagram.
pub fn mermaid(rows: &VecDeque<Row>) -> String {
    let mut diagram = "sequenceDiagram\n".to_owned();
    for lane in [Lane::Browser, Lane::Server, Lane::Database] {
        diagram.push_str(&format!("    participant {} as {}\n", letter(lane), lane.name()));
    }
    for row in rows {
        let (from, to, text) = (letter(row.from), letter(row.to), escape(&row.text));
        diagram.push_str(&match (row.from, row.to) {
            (Lane::Browser, Lane::Browser) => format!("    Note over {from}: {text}\n"),
            (Lane::Server, Lane::Browser) => format!("    {from}-->>{to}: {text}\n"),
            _ => format!("    {from}->>{to}: {text}\n"),
        });
    }
    diagram
}

/// Returns the rows as a JSON array, with times in milliseconds since the first row.
pub fn as_json(rows: &VecDeque<Row>) -> String {
    let mut first = None;
    let rows = rows.iter().map(|row| Exported {
        at: ((row.at - *first.get_or_insert(row.at)) * 1000.0).round() / 1000.0,
        from: row.from.name(),
        to: row.to.name(),
        step: row.step,
        text: &row.text,
        details: row.details.iter().map(|(name, value)| (*name, value.as_str())).collect(),
    });
    // Serialization fails only for numbers that are not finite.
    serde_json::to_string_pretty(&rows.collect::<Vec<_>>()).unwrap_or_default()
}

fn letter(lane: Lane) -> &'static str {
    match lane {
        Lane::Browser => "B",
        Lane::Server => "S",
        Lane::Database => "D",
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
