//! `docs/standards.md` answers every requirement exactly once.

use crate::documents::{STANDARDS, prose, read};
use std::collections::BTreeMap;

/// The number of level 1 and 2 requirements in each section of ASVS 5.0.0, for the chapters that the document covers.
/// Level 3 requirements have higher numbers.
const REQUIREMENTS: [(&str, u32); 63] = [
    ("2.1", 3),
    ("2.2", 3),
    ("2.3", 4),
    ("2.4", 1),
    ("3.2", 2),
    ("3.3", 4),
    ("3.4", 6),
    ("3.5", 5),
    ("3.7", 2),
    ("4.1", 3),
    ("4.2", 1),
    ("4.3", 2),
    ("4.4", 4),
    ("6.1", 3),
    ("6.2", 12),
    ("6.3", 4),
    ("6.4", 4),
    ("6.5", 5),
    ("6.6", 3),
    ("6.8", 4),
    ("7.1", 3),
    ("7.2", 4),
    ("7.3", 2),
    ("7.4", 5),
    ("7.5", 2),
    ("7.6", 2),
    ("8.1", 2),
    ("8.2", 3),
    ("8.3", 1),
    ("8.4", 1),
    ("9.1", 3),
    ("9.2", 4),
    ("10.1", 2),
    ("10.2", 2),
    ("10.3", 4),
    ("10.4", 11),
    ("10.5", 5),
    ("10.6", 2),
    ("10.7", 3),
    ("11.1", 2),
    ("11.2", 3),
    ("11.3", 3),
    ("11.4", 4),
    ("11.5", 1),
    ("11.6", 1),
    ("12.1", 3),
    ("12.2", 2),
    ("12.3", 4),
    ("13.1", 1),
    ("13.2", 5),
    ("13.3", 2),
    ("13.4", 5),
    ("14.1", 2),
    ("14.2", 4),
    ("14.3", 3),
    ("15.1", 3),
    ("15.2", 3),
    ("15.3", 7),
    ("16.1", 1),
    ("16.2", 5),
    ("16.3", 4),
    ("16.4", 3),
    ("16.5", 3),
];

const STATES: [&str; 5] = ["met", "partly", "not met", "operator", "none"];

/// The cells of a row of a table.
fn cells(line: &str) -> Vec<&str> {
    let Some(inner) = line.strip_prefix('|').and_then(|line| line.strip_suffix('|')) else {
        return Vec::new();
    };
    inner.split('|').map(str::trim).collect()
}

/// The section and the number in it: `6.2` and 1 for `6.2.1`.
fn requirement(text: &str) -> Option<(&str, u32)> {
    let (section, number) = text.rsplit_once('.')?;
    let (chapter, part) = section.split_once('.')?;
    let is_number = |text: &str| text.parse::<u32>().is_ok();
    if is_number(chapter) && is_number(part) { Some((section, number.parse().ok()?)) } else { None }
}

/// The requirements that a first cell names: `6.2.1`, `6.2.1, 6.2.3` or `6.2.1–6.2.3`.
fn numbers(cell: &str) -> Option<Vec<(String, u32)>> {
    let mut all = Vec::new();
    for part in cell.split(", ") {
        let (first, last) = part.split_once('–').unwrap_or((part, part));
        let (section, from) = requirement(first)?;
        let (_, to) = requirement(last)?;
        all.extend((from..=to).map(|number| (section.to_owned(), number)));
    }
    Some(all)
}

/// Returns the errors in the answers to the requirements.
fn findings(text: &str, required: &[(&str, u32)]) -> Vec<String> {
    let mut answers: BTreeMap<(String, u32), u32> = BTreeMap::new();
    let mut findings = Vec::new();
    for line in prose(text) {
        let cells = cells(line);
        let Some(&first) = cells.first() else { continue };
        let numbers = numbers(first);
        if numbers.is_none() && !first.starts_with('§') {
            continue;
        }
        for number in numbers.unwrap_or_default() {
            *answers.entry(number).or_default() += 1;
        }
        let [_, _, state, answer, keeper] = cells[..] else {
            findings.push(format!("{first}: {} cells", cells.len()));
            continue;
        };
        if !STATES.contains(&state) {
            findings.push(format!("{first}: {state:?} is not a state"));
        }
        if matches!(state, "met" | "partly") && keeper.is_empty() {
            findings.push(format!("{first}: no test or file is named"));
        }
        if !matches!(state, "met" | "none") && answer.is_empty() {
            findings.push(format!("{first}: no reason"));
        }
    }
    for (section, count) in required {
        for number in 1..=*count {
            match answers.remove(&((*section).to_owned(), number)) {
                Some(1) => {}
                Some(times) => findings.push(format!("{section}.{number}: {times} answers")),
                None => findings.push(format!("{section}.{number}: no answer")),
            }
        }
    }
    let unknown = answers.keys().map(|(section, number)| format!("{section}.{number}: unknown"));
    findings.extend(unknown);
    findings
}

#[test]
fn every_requirement_has_one_answer() {
    assert_eq!(findings(&read(STANDARDS), &REQUIREMENTS), [""; 0]);
}

#[test]
fn missing_and_incomplete_answers_are_reported() {
    let text = "| 1.1.1 | x | met | y | `x.rs` |\n| 1.1.2–1.1.4 | x | none | | |\n\
                | 1.1.3 | x | met | | |\n| 1.2.1 | x | yes | y | z |\n| 1.2.2 | x | not met | | |\n\
                | §2.1 | x | met | y |\n| other | x |\n| 1.9.9 | x | none | | |";
    assert_eq!(
        findings(text, &[("1.1", 5), ("1.2", 2)]),
        [
            "1.1.3: no test or file is named",
            "1.2.1: \"yes\" is not a state",
            "1.2.2: no reason",
            "§2.1: 4 cells",
            "1.1.3: 2 answers",
            "1.1.5: no answer",
            "1.9.9: unknown",
        ]
    );
}
