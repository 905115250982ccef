//! The sequence diagram as a picture of its own.

use super::{is_response, lanes};
use crate::lab::row::{Lane, Row, Tone};
use std::{collections::VecDeque, fmt::Write};

/// The distance of two participants, in units of the picture.
const LANE_WIDTH: usize = 260;

const ROW_HEIGHT: usize = 40;

/// The height of the names of the participants.
const TOP: usize = 50;

const MARGIN: usize = 90;

/// A longer text is shortened to this many characters.
const MAX_TEXT: usize = 90;

/// Returns the rows as an SVG document with a white background.
pub fn svg(rows: &VecDeque<Row>) -> String {
    let lanes = lanes(rows);
    let x = |lane: Lane| {
        let index = lanes.iter().position(|other| *other == lane).unwrap_or_default();
        MARGIN + index * LANE_WIDTH
    };
    let (width, height) =
        (2 * MARGIN + (lanes.len() - 1) * LANE_WIDTH + 200, TOP + (rows.len() + 1) * ROW_HEIGHT);
    let mut picture = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"13\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    for lane in &lanes {
        let x = x(*lane);
        let _ = writeln!(
            picture,
            "<line x1=\"{x}\" x2=\"{x}\" y1=\"{TOP}\" y2=\"{height}\" stroke=\"#bbb\"/>\
             <text x=\"{x}\" y=\"{}\" text-anchor=\"middle\" font-weight=\"bold\">{}</text>",
            TOP - 20,
            lane.name()
        );
    }
    for (index, row) in rows.iter().enumerate() {
        let y = TOP + (index + 1) * ROW_HEIGHT;
        let (start, end, color) = (x(row.from), x(row.to), color(row.tone));
        let text = escape(&shortened(row));
        if start == end {
            let _ = writeln!(
                picture,
                "<circle cx=\"{start}\" cy=\"{}\" r=\"4\" fill=\"{color}\"/>\
                 <text x=\"{}\" y=\"{y}\" fill=\"{color}\">{text}</text>",
                y - 4,
                start + 10
            );
            continue;
        }
        // A message that is lost ends half way.
        let end = if row.is_lost { usize::midpoint(start, end) } else { end };
        let dashes = if is_response(row.from, row.to) { " stroke-dasharray=\"6 4\"" } else { "" };
        let (left, back) = (start.min(end), if end > start { "-8" } else { "8" });
        let head = if row.is_lost {
            format!("M{} {}l12 12m0 -12l-12 12", end - 6, y - 2)
        } else {
            format!("M{end} {}l{back} -5v10z", y + 4)
        };
        let _ = writeln!(
            picture,
            "<line x1=\"{start}\" x2=\"{end}\" y1=\"{line}\" y2=\"{line}\" stroke=\"{color}\" stroke-width=\"1.5\"{dashes}/>\
             <path d=\"{head}\" fill=\"{color}\" stroke=\"{color}\"/>\
             <text x=\"{}\" y=\"{}\" fill=\"{color}\">{text}</text>",
            left + 12,
            y - 4,
            line = y + 4
        );
    }
    picture.push_str("</svg>\n");
    picture
}

fn color(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "#2a211b",
        Tone::Good => "#2f6b3a",
        Tone::Bad => "#b3261e",
        Tone::RefreshToken => "#1d4f8c",
        Tone::Lab => "#665648",
    }
}

fn shortened(row: &Row) -> String {
    let step = row.step.map(|step| format!("{step}. ")).unwrap_or_default();
    let text = format!("{step}{}", row.text);
    if text.chars().count() > MAX_TEXT {
        text.chars().take(MAX_TEXT - 1).chain(['…']).collect()
    } else {
        text
    }
}

/// Escapes the characters of XML's syntax, and replaces control characters, which XML doesn't allow.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            _ if character.is_control() => escaped.push(' '),
            _ => escaped.push(character),
        }
    }
    escaped
}
