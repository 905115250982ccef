use super::Story;
use crate::lab::{
    export::{as_json, mermaid, svg},
    recording::Recording,
};
use handstamp_leptos::client::trace::Visibility;
use serde_json::Value;
use std::collections::HashMap;

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
            "B->>S: POST /auth/refresh with the stamp, if there is one",
            "S->>S: Checks the signature of the stamp#58; genuine · 0.03\u{a0}ms",
            "S->>D: Looks up the session of the stamp",
            "D-->>S: The session · 2.0\u{a0}ms",
            "S->>S: Replaces stamp #35;0 by #35;1",
            "S->>S: Signs a new ticket · 0.05\u{a0}ms",
            "S-->>B: 200#58; a new ticket and a new stamp · 1.0\u{a0}ms",
        ]
    );
}

#[test]
fn characters_of_mermaid_and_xml_syntax_are_escaped() {
    let mut story = Story::default();
    story.call("GET", "/api/a;b#c\nend%%{}<script>&", Visibility::Nothing, 200, None);
    let text = mermaid(story.history.rows());
    assert_eq!(text.lines().count(), 6);
    assert!(text.contains("/api/a#59;b#35;c end#37;#37;#123;#125;#60;script#62;"), "{text}");
    let picture = svg(story.history.rows());
    assert!(picture.contains("/api/a;b#c end%%{}&lt;script&gt;&amp;"), "{picture}");
    assert!(!picture.contains("<script"));
}

#[test]
fn a_lost_message_does_not_arrive_in_any_export() {
    let mut story = Story::default();
    story.lose_refresh();
    let rows = story.history.rows();
    assert!(mermaid(rows).contains("S--xB: 200#58; a new ticket and a new stamp, lost on the way"));
    let picture = svg(rows);
    // Half way between the server at 350 and the browser at 90.
    assert!(picture.contains("<line x1=\"350\" x2=\"220\""), "{picture}");
    let json: Value = serde_json::from_str(&as_json(rows, &no_recording())).unwrap();
    let lost: Vec<_> = json["rows"].as_array().unwrap().iter().map(|row| &row["arrives"]).collect();
    assert_eq!(lost.iter().filter(|arrives| **arrives == false).count(), 1);
}

#[test]
fn a_second_client_has_a_lane_of_its_own() {
    let mut story = Story::default();
    assert!(!mermaid(story.history.rows()).contains("Thief"));
    story.steal();
    let text = mermaid(story.history.rows());
    assert!(text.contains("participant T as Thief"), "{text}");
    assert!(text.contains("B->>T: Copies stamp #35;0"), "{text}");
    assert!(text.contains("T->>S: POST /auth/refresh with the copied stamp"), "{text}");
    assert!(text.contains("S-->>T: 200#58; a ticket, and stamp #35;1"), "{text}");
    assert!(svg(story.history.rows()).contains(">Thief</text>"));
}

#[test]
fn the_flow_is_exported_as_json() {
    let mut story = Story::default();
    story.whole_flow();
    let export: Value =
        serde_json::from_str(&as_json(story.history.rows(), &no_recording())).unwrap();
    let rows = export["rows"].as_array().unwrap();
    assert_eq!(rows.len(), story.history.rows().len());
    assert_eq!((rows[0]["at"].as_f64(), rows[0]["from"].as_str()), (Some(0.0), Some("Browser")));
    assert_eq!(rows[0]["details"]["Request"], "POST /auth/try_it");
    assert!(rows.iter().all(|row| row["text"].is_string() && row["step"].is_null()));
}

fn no_recording() -> Recording {
    Recording::new(&[], &HashMap::new())
}
