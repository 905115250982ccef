//! The history in two formats that others can read.

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

/// As a Mermaid sequence diagram.
pub fn mermaid(rows: &VecDeque<Row>) -> String {
    let mut text = "sequenceDiagram\n".to_owned();
    for lane in [Lane::Browser, Lane::Server, Lane::Database] {
        text.push_str(&format!("    participant {} as {}\n", short(lane), lane.name()));
    }
    for row in rows {
        let (from, to, said) = (short(row.from), short(row.to), escaped(&row.text));
        text.push_str(&match (row.from, row.to) {
            (Lane::Browser, Lane::Browser) => format!("    Note over {from}: {said}\n"),
            (Lane::Server, Lane::Browser) => format!("    {from}-->>{to}: {said}\n"),
            _ => format!("    {from}->>{to}: {said}\n"),
        });
    }
    text
}

/// As JSON: a list of the rows, with times in milliseconds since the first one.
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
    // Only numbers that aren't finite could fail.
    serde_json::to_string_pretty(&rows.collect::<Vec<_>>()).unwrap_or_default()
}

fn short(lane: Lane) -> &'static str {
    match lane {
        Lane::Browser => "B",
        Lane::Server => "S",
        Lane::Database => "D",
    }
}

/// What means something to Mermaid is written as the number of its character.
fn escaped(text: &str) -> String {
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
