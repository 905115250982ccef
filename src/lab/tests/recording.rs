use super::Story;
use crate::lab::{export::as_json, history::History, recording::Recording};
use handstamp_leptos::client::trace::{Entry, Event};
use handstamp_protocol::cookie_names::CookieNames;

fn recording_of(story: &Story) -> Recording {
    Recording::new(&story.entries, story.history.ticket_names())
}

fn replayed(recording: &Recording) -> History {
    recording.replay(CookieNames::of_origin("http://localhost:3000"))
}

#[test]
fn a_recording_replays_the_same_rows() {
    let mut story = Story::default();
    story.whole_flow();
    story.lose_refresh();
    story.steal();
    let recording = recording_of(&story);
    let export = as_json(story.history.rows(), &recording);
    let parsed = Recording::parse(&export).unwrap();
    assert_eq!(parsed, recording);
    assert_eq!(replayed(&parsed).rows(), story.history.rows());
    let bare = serde_json::to_string(&recording).unwrap();
    assert_eq!(Recording::parse(&bare), Some(recording));
}

#[test]
fn what_is_not_a_recording_is_refused() {
    for other in
        ["", "{}", "[]", "{\"handstamp\":2,\"tickets\":{},\"entries\":[]}", "{\"recording\":{}}"]
    {
        assert_eq!(Recording::parse(other), None, "{other}");
    }
}

#[test]
fn a_recording_is_bounded() {
    let entry = Entry { at: 1.0, event: Event::RefreshJoined };
    let recording = Recording::new(&vec![entry; 5000], &Default::default());
    assert_eq!(replayed(&recording).rows().len(), 300);
}
