//! The documents name files and sections that exist.

use handstamp_protocol::security_event::SecurityEvent;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

pub(crate) const STANDARDS: &str = "docs/standards.md";

/// The beginnings of names in documents that are paths of the repository.
const FOLDERS: [&str; 10] = [
    "src/",
    "tests/",
    "end2end/",
    "docs/",
    "migrations/",
    "bin/",
    "examples/",
    "benches/",
    ".github/",
    ".ci/",
];

pub(crate) fn read(file: &str) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Returns the documents, as paths from the root of the repository.
fn documents() -> Vec<String> {
    let names = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"];
    let mut all: Vec<String> = names.map(str::to_owned).to_vec();
    for entry in fs::read_dir("docs").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "md") {
            all.push(path.to_str().unwrap().to_owned());
        }
    }
    all
}

/// Returns the lines outside of code blocks.
pub(crate) fn prose(text: &str) -> Vec<&str> {
    let mut is_code = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        } else if !is_code {
            lines.push(line);
        }
    }
    lines
}

/// Expands braces: `tests/{a,b}.rs` becomes two names.
fn expanded(name: &str) -> Vec<String> {
    let Some((before, rest)) = name.split_once('{') else { return vec![name.to_owned()] };
    let Some((choices, after)) = rest.split_once('}') else { return vec![name.to_owned()] };
    choices.split(',').map(|choice| format!("{before}{choice}{after}")).collect()
}

/// Returns the files and folders that a document names in backticks. Short names are test files without their folder.
fn named_files(text: &str, has_short_names: bool) -> BTreeSet<String> {
    let mut files = BTreeSet::new();
    for line in prose(text) {
        for span in line.split('`').skip(1).step_by(2) {
            let name = span.split_whitespace().next().unwrap_or_default();
            let is_short =
                has_short_names && span == name && !name.contains('/') && !name.starts_with('.');
            let is_path = FOLDERS.iter().any(|folder| name.starts_with(folder))
                && !name.contains(['*', '…', '<', '(']);
            if is_path {
                files.extend(expanded(name));
            } else if is_short && name.ends_with(".spec.ts") {
                files.insert(format!("end2end/tests/{name}"));
            } else if is_short && name.ends_with(".rs") {
                files.insert(format!("tests/api/{name}"));
            }
        }
    }
    files
}

fn missing(text: &str, has_short_names: bool) -> Vec<String> {
    let named = named_files(text, has_short_names).into_iter();
    named.filter(|name| !Path::new(name).exists()).collect()
}

#[test]
fn files_that_the_documents_name_exist() {
    for document in documents() {
        let text = read(&document);
        let has_short_names = document == STANDARDS;
        assert_eq!(missing(&text, has_short_names), [""; 0], "{document}");
    }
    assert!(named_files(&read(STANDARDS), true).len() > 60, "few names were found");
}

#[test]
fn a_name_of_a_missing_file_is_reported() {
    let text = "| x | `tests/api/{main,gone}.rs` | `src/gone.rs`, `main.rs`, `old.rs`, `old.spec.ts` |\n\
                ```sh\n`src/never.rs`\n```\n`bin/test quick` and `other.rs:12`";
    assert_eq!(
        missing(text, true),
        ["end2end/tests/old.spec.ts", "src/gone.rs", "tests/api/gone.rs", "tests/api/old.rs"]
    );
    assert_eq!(missing(text, false), ["src/gone.rs", "tests/api/gone.rs"]);
}

/// Returns the anchor of a heading, as GitHub generates it.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// Returns the anchors of all headings of a document.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = prose(text).into_iter().filter(|line| line.starts_with('#'));
    headings.map(|line| anchor(line.trim_start_matches('#').trim())).collect()
}

/// Returns the links of a document to missing files and headings.
fn dead_links(document: &str, text: &str) -> Vec<String> {
    let folder = Path::new(document).parent().unwrap_or(Path::new(""));
    let mut dead = Vec::new();
    for line in prose(text) {
        for rest in line.split("](").skip(1) {
            let target = rest.split(')').next().unwrap_or_default();
            if target.starts_with("http") {
                continue;
            }
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let path = if file.is_empty() { PathBuf::from(document) } else { folder.join(file) };
            let exists = path.exists()
                && (heading.is_empty()
                    || fs::read_to_string(&path)
                        .is_ok_and(|text| anchors(&text).contains(heading)));
            if !exists {
                dead.push(target.to_owned());
            }
        }
    }
    dead
}

#[test]
fn links_between_documents_have_targets() {
    for document in documents() {
        assert_eq!(dead_links(&document, &read(&document)), [""; 0], "{document}");
    }
    let text =
        "[a](standards.md#rfc-9700) [b](standards.md#gone) [c](gone.md) [d](https://x.example/#y)";
    assert_eq!(dead_links("docs/x.md", text), ["standards.md#gone", "gone.md"]);
}

/// Adds the values of `event = "…"` in the log lines of all source files below a folder.
fn logged_events(folder: &Path, events: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            logged_events(&path, events);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(path).unwrap();
            let names = text.split("event = \"").skip(1).filter_map(|rest| rest.split('"').next());
            events.extend(names.map(str::to_owned));
        }
    }
}

#[test]
fn the_table_of_alarms_names_the_logged_events() {
    let document = read("docs/operations.md");
    let section = document.split("\n### Alarms\n").nth(1).unwrap().split("\n##").next().unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |"));
    let mut named: BTreeSet<String> = rows.map(|(name, _)| name.to_owned()).collect();
    named.remove("event"); // the head of the table
    let mut logged = BTreeSet::new();
    logged_events(Path::new("src"), &mut logged);
    assert!(logged.len() > 20, "few events were found");
    let absent: Vec<_> = logged.difference(&named).collect();
    assert!(absent.is_empty(), "not in the table: {absent:?}");
    logged.extend(SecurityEvent::names().map(str::to_owned));
    let unknown: Vec<_> = named.difference(&logged).collect();
    assert!(unknown.is_empty(), "never logged: {unknown:?}");
}
