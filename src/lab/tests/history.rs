use super::Story;
use crate::lab::{
    history::MAX_ROWS,
    row::{Lane, Row, SessionStatus, Tone},
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
            "POST /auth/refresh with the stamp, if there is one",
            "Checks the signature of the stamp: genuine · 0.03\u{a0}ms",
            "Looks up the session of the stamp",
            "The session · 2.0\u{a0}ms",
            "Replaces stamp #0 by #1",
            "Signs a new ticket · 0.05\u{a0}ms",
            "200: a new ticket and a new stamp · 1.0\u{a0}ms",
        ]
    );
    let lanes: Vec<(Lane, Lane)> = story.rows().map(|row| (row.from, row.to)).collect();
    assert_eq!(lanes[0], (Lane::Browser, Lane::Server));
    assert_eq!(lanes[2], (Lane::Server, Lane::Database));
    assert_eq!(lanes[3], (Lane::Database, Lane::Server), "the database answers");
    assert_eq!(lanes[6], (Lane::Server, Lane::Browser));
    assert_eq!(story.history.refresh_token().unwrap().report.generation, "1");
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
    assert_eq!(details[0], "Bearer ••••• (ticket a7)");
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
        [
            "GET /api/profile with ticket a1",
            "No response to GET /api/profile",
            "GET /api/profile with ticket a1"
        ]
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
    assert!(story.texts().last().unwrap().contains("an old copy of your session was used"));
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

/// The text of the check of an access token that was refused with this code.
fn refusal(code: &str) -> String {
    let mut story = Story::default();
    story.note(Event::TokenReplaced { generation: 1 });
    let server = format!("verify;dur=0.02, ticket;desc=\"{code}\"");
    let shows = Visibility::AccessToken(1);
    story.call("GET", "/api/profile", shows, 401, Some(&server));
    let check = story.rows().find(|row| row.from == Lane::Server && row.to == Lane::Server);
    check.unwrap().text.clone()
}

#[test]
fn expired_and_revoked_tokens_are_told_apart() {
    assert_eq!(refusal("access_token_expired"), "Checks ticket a1: expired · 0.02\u{a0}ms");
    let revoked = "Checks ticket a1: its session was ended · 0.02\u{a0}ms";
    assert_eq!(refusal("session_revoked"), revoked);
    assert_eq!(refusal("access_token_invalid"), "Checks ticket a1: invalid · 0.02\u{a0}ms");
}

#[test]
fn a_token_without_a_name_is_not_numbered() {
    let mut story = Story::default();
    story.call_api(99, 200);
    assert_eq!(story.texts()[0], "GET /api/profile with an earlier ticket");
}

#[test]
fn the_holdings_follow_the_messages() {
    let mut story = Story::default();
    story.whole_flow();
    let held = story.history.holdings();
    assert_eq!((held.ticket.as_deref(), held.ticket_refused), (Some("a3"), None));
    assert_eq!((held.stamp.as_deref(), held.newest.as_deref()), (Some("1"), Some("1")));
    // The token is refused from its check until it is replaced.
    let refused = story.rows().filter(|row| row.holdings.ticket_refused == Some("expired"));
    let texts: Vec<&str> = refused.map(|row| row.text.as_str()).collect();
    assert!(texts[0].starts_with("Checks ticket a2: expired"), "{texts:?}");
    assert!(texts.last().unwrap().starts_with("200: a new ticket"), "{texts:?}");
    // The browser has the new refresh token only when the response arrives.
    let first = |found: fn(&&Row) -> bool| story.rows().position(|row| found(&row)).unwrap();
    let replaced = first(|row| row.holdings.newest.as_deref() == Some("1"));
    let arrived = first(|row| row.holdings.stamp.as_deref() == Some("1"));
    assert!(replaced < arrived);
    story.note(Event::LoggedOut { reason: LogoutReason::LoggedOut });
    let held = story.history.holdings();
    assert_eq!((held.ticket.as_deref(), held.stamp.as_deref()), (None, None));
}

#[test]
fn a_lost_response_changes_the_database_alone() {
    let mut story = Story::default();
    story.call("POST", "/auth/try_it", Visibility::Nothing, 200, Some("stamp;desc=\"0 pressed\""));
    story.lose_refresh();
    let held = story.history.holdings();
    assert_eq!((held.stamp.as_deref(), held.newest.as_deref()), (Some("0"), Some("1")));
    assert!(story.rows().last().unwrap().is_lost);
    assert_eq!(story.rows().filter(|row| row.is_lost).count(), 1);
}

#[test]
fn an_attacker_is_drawn_as_another_client() {
    let mut story = Story::default();
    story.steal();
    assert_eq!(story.history.holdings().thief.as_deref(), Some("1"));
    assert_eq!(story.history.refresh_token(), None, "the cookie of this browser is the same");
    let lanes: Vec<(Lane, Lane)> = story.rows().map(|row| (row.from, row.to)).collect();
    assert!(!lanes.contains(&(Lane::Browser, Lane::Server)), "{lanes:?}");
    assert!(
        lanes.contains(&(Lane::Thief, Lane::Server))
            && lanes.contains(&(Lane::Server, Lane::Thief))
    );
    let server = Some("verify;dur=0.03, db;dur=2.0, stamp;desc=\"0 refresh_token_reused\"");
    story.call("POST", "/auth/lab/strike", Visibility::RefreshToken, 200, server);
    let held = story.history.holdings();
    assert_eq!((held.thief.as_deref(), held.session), (None, SessionStatus::Ended));
    assert!(story.texts().last().unwrap().starts_with("401: refresh_token_reused"));
}

#[test]
fn a_logout_on_another_device_is_not_drawn_as_a_request_of_this_browser() {
    let mut story = Story::default();
    let shows = Visibility::AccessToken(1);
    story.call("POST", "/auth/lab/end_session", shows, 200, Some("verify;dur=0.02, db;dur=1.0"));
    assert_eq!((story.rows().next().unwrap().from), Lane::Device);
    assert_eq!(story.rows().last().unwrap().to, Lane::Device);
    assert_eq!(story.history.holdings().session, SessionStatus::Ended);
}
