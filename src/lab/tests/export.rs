use super::Story;
use crate::lab::export::{as_json, mermaid};
use handstamp_leptos::client::trace::Visibility;
use serde_json::Value;

#[test]
fn the_flow_is_exported_as_mermaid() {
    let mut story = Story::default();
    story.refresh();
    let text = mermaid(story.history.rows());
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    assert_eq!(
        lines,
        [
            "sequenceDiagram",
            "participant B as Browser",
            "participant S as Server",
            "participant D as Database",
            "B->>S: POST /auth/refresh with the stamp",
            "S->>S: Checks the stamp#58; genuine · 0.03\u{a0}ms",
            "S->>D: Asks the database · 2.0\u{a0}ms",
            "S->>S: Re-inks the stamp#58; generation 1",
            "S->>S: Signs a new ticket · 0.05\u{a0}ms",
            "S-->>B: 200#58; a new ticket · 1.0\u{a0}ms",
        ]
    );
}

#[test]
fn characters_of_mermaid_syntax_are_escaped() {
    let mut story = Story::default();
    story.call("GET", "/api/a;b#c\nend%%{}<script>", Visibility::Nothing, 200, None);
    let text = mermaid(story.history.rows());
    assert_eq!(text.lines().count(), 6);
    assert!(text.contains("/api/a#59;b#35;c end#37;#37;#123;#125;#60;script#62;"), "{text}");
}

#[test]
fn the_flow_is_exported_as_json() {
    let mut story = Story::default();
    story.whole_flow();
    let rows: Value = serde_json::from_str(&as_json(story.history.rows())).unwrap();
    let rows = rows.as_array().unwrap();
    assert_eq!(rows.len(), story.history.rows().len());
    assert_eq!((rows[0]["at"].as_f64(), rows[0]["from"].as_str()), (Some(0.0), Some("Browser")));
    assert_eq!(rows[0]["details"]["Request"], "POST /auth/try_it");
    assert!(rows.iter().all(|row| row["text"].is_string() && row["step"].is_null()));
}
