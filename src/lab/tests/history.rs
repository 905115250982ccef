use super::Story;
use crate::lab::{
    history::MAX_ROWS,
    row::{Lane, Tone},
};
use handstamp_leptos::client::{
    state::LogoutReason,
    trace::{Event, Visibility},
};
use handstamp_protocol::{cookie_names::CookieNames, error::EndReason};

#[test]
fn a_refresh_is_drawn_with_the_servers_timing() {
    let mut story = Story::default();
    story.refresh();
    assert_eq!(
        story.texts(),
        [
            "POST /auth/refresh with the stamp",
            "Checks the stamp: genuine · 0.03\u{a0}ms",
            "Asks the database · 2.0\u{a0}ms",
            "Re-inks the stamp: generation 1",
            "Signs a new ticket · 0.05\u{a0}ms",
            "200: a new ticket · 1.0\u{a0}ms",
        ]
    );
    let lanes: Vec<(Lane, Lane)> = story.rows().map(|row| (row.from, row.to)).collect();
    assert_eq!(lanes[0], (Lane::Browser, Lane::Server));
    assert_eq!(lanes[2], (Lane::Server, Lane::Database));
    assert_eq!(lanes[5], (Lane::Server, Lane::Browser));
    assert_eq!(story.history.refresh_token().unwrap().generation, "1");
}

#[test]
fn a_null_refresh_is_drawn_without_a_token() {
    let mut story = Story::default();
    story.call("POST", "/auth/refresh", Visibility::RefreshToken, 200, Some("total;dur=0.1"));
    assert_eq!(story.texts()[1..], ["200: no stamp came · 1.0\u{a0}ms"]);
}

#[test]
fn rows_contain_only_the_numbers_of_tokens() {
    let mut story = Story::default();
    story.call_api(7, 200);
    story.refresh();
    let details: Vec<&str> = story
        .rows()
        .flat_map(|row| row.details.iter())
        .filter(|(name, _)| ["Authorization", "Cookie", "Set-Cookie"].contains(name))
        .map(|(_, value)| value.as_str())
        .collect();
    assert_eq!(details.len(), 3);
    assert!(details.iter().all(|value| value.contains("•••••")));
    assert_eq!(details[0], "Bearer ••••• (ticket 7)");
}

#[test]
fn cookies_have_the_names_and_attributes_of_this_origin() {
    for (origin, name, set) in [
        (
            "http://localhost:3000",
            "handstamp_refresh_3000=•••••, ",
            "handstamp_refresh_3000=•••••; Path=/auth; HttpOnly; SameSite=Strict",
        ),
        (
            "https://handstamp.example",
            "__Secure-handstamp_refresh=•••••, ",
            "__Secure-handstamp_refresh=•••••; Path=/auth; HttpOnly; Secure; SameSite=Strict",
        ),
    ] {
        let mut story = Story::default();
        story.history.set_cookie_names(CookieNames::of_origin(origin));
        story.refresh();
        let detail = |name: &str| {
            let mut details = story.rows().flat_map(|row| row.details.iter());
            details.find(|(other, _)| *other == name).map(|(_, value)| value.clone()).unwrap()
        };
        assert!(detail("Cookie").starts_with(name), "{}", detail("Cookie"));
        assert_eq!(detail("Set-Cookie"), set);
    }
}

#[test]
fn without_server_timing_no_check_is_drawn() {
    let mut story = Story::default();
    story.call("GET", "/api/profile", Visibility::AccessToken(1), 0, None);
    story.call("GET", "/api/profile", Visibility::AccessToken(1), 502, None);
    let texts = story.texts();
    assert_eq!(
        texts[..3],
        ["GET /api/profile with ticket 1", "No answer", "GET /api/profile with ticket 1"]
    );
    assert!(texts[3].starts_with("502") && texts.len() == 4, "{texts:?}");
    assert!(story.rows().skip(1).step_by(2).all(|row| row.tone == Tone::Bad));
}

#[test]
fn a_response_without_a_request_is_ignored() {
    let mut story = Story::default();
    story.note(Event::Answered { call: 9, status: 200, server: None });
    assert!(story.texts().is_empty());
}

#[test]
fn the_end_of_a_session_has_its_reason() {
    let mut story = Story::default();
    story.refresh();
    story.note(Event::LoggedOut { reason: LogoutReason::Revoked(Some(EndReason::Reuse)) });
    assert!(story.texts().last().unwrap().contains("an old refresh token was used again"));
    assert_eq!(story.history.refresh_token(), None);
}

#[test]
fn the_history_is_bounded() {
    let mut story = Story::default();
    for call in 0..5000 {
        let (method, path) = ("GET".to_owned(), "/api/profile".to_owned());
        story.note(Event::Sent { call, method, path, shows: Visibility::AccessToken(1) });
        story.note(Event::RefreshJoined);
    }
    assert_eq!(story.history.rows().len(), MAX_ROWS);
    assert_eq!(story.history.total_rows(), 10_000);
    assert_eq!(story.rows().next().unwrap().id, 10_001 - MAX_ROWS as u64);
    story.history.clear();
    assert!(story.texts().is_empty());
    story.note(Event::RefreshJoined);
    assert_eq!(story.rows().next().unwrap().id, 10_001, "ids are unique");
}
