//! The redirect to the login page, and back after the login.

use handstamp_leptos::client::{
    state::{SessionState, Snapshot},
    use_session,
};
use handstamp_protocol::paths;
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate, use_query_map},
};

/// The query parameter that holds the path to open after the login.
const NEXT: &str = "next";

/// The query parameter that keeps a user who is logged in on the page.
const STAY: &str = "stay";

/// Returns the URL of the login page that leads back to the open page.
pub fn log_in_url() -> Signal<String> {
    let location = use_location();
    Signal::derive(move || {
        let here =
            format!("{}{}", location.pathname.get(), location.search.with(|search| query(search)));
        match safe(&here) {
            Some(here) => with_next(paths::LOG_IN, &here),
            None => paths::LOG_IN.to_owned(),
        }
    })
}

/// Returns the path to open after the login: the `next` parameter, or the home page if it is missing or unsafe.
pub fn next() -> Signal<String> {
    let query = use_query_map();
    Signal::derive(move || {
        let next = query.get().get(NEXT).and_then(|next| safe(&next));
        next.unwrap_or_else(|| paths::HOME.to_owned())
    })
}

/// Returns why the page `next` led to the login page, or an empty string.
pub fn reason_to_log_in(next: &str) -> &'static str {
    let page = next.split(['?', '#']).next().unwrap_or_default();
    match page.trim_end_matches('/') {
        paths::POSTS => "Log in to read and write posts.",
        paths::PROFILE => "Log in to see your profile.",
        paths::ACCOUNT => "Log in to change your account.",
        paths::SESSIONS => "Log in to see your sessions.",
        _ => "",
    }
}

/// Returns the URL of `page` with the `next` parameter.
pub fn link_with_next(page: &'static str, next: Signal<String>) -> Signal<String> {
    Signal::derive(move || with_next(page, &next.get()))
}

/// Returns the URL of `page` that a user can open while logged in ([`leave_when_logged_in`]).
pub fn with_stay(page: &str) -> String {
    format!("{page}?{STAY}")
}

/// Navigates to `next` when a user logs in, on this page or in another tab. Does so immediately if a user is logged
/// in already, unless the URL of the page contains `?stay`. Navigates only once, because the user may leave for
/// another page while `next` is loading. Returns whether it has navigated.
pub fn leave_when_logged_in(next: Signal<String>) -> ReadSignal<bool> {
    let session = use_session();
    let leave = use_leave();
    let stays = use_query_map().with_untracked(|query| query.get(STAY).is_some());
    // The user who was logged in at first and may stay.
    let initial = StoredValue::new(None::<Option<String>>);
    let (has_left, set_has_left) = signal(false);
    Effect::new(move || {
        let Snapshot { state, user, .. } = session.get();
        if !matches!(state, SessionState::LoggedIn | SessionState::LoggedOut(_)) {
            return;
        }
        let user = user.map(|user| user.id);
        let initial = initial.get_value().unwrap_or_else(|| {
            let may_stay = user.clone().filter(|_| stays);
            initial.set_value(Some(may_stay.clone()));
            may_stay
        });
        if user.is_some() && user != initial && !has_left.get_untracked() {
            set_has_left.set(true);
            leave(&next.get_untracked());
        }
    });
    has_left
}

/// Returns a function that navigates to another page and removes the open one from the history, so that "Back" skips
/// it.
///
/// The effects of a page can run before the router has added its URL to the history. Then there is no entry to
/// replace, and a replacement would remove the page that the user came from.
pub fn use_leave() -> impl Fn(&str) + Clone + 'static {
    let navigate = use_navigate();
    let here = use_location().pathname;
    move |path| {
        let shown = window().location().pathname();
        let is_in_history = shown.is_ok_and(|shown| shown == here.get_untracked());
        navigate(path, NavigateOptions { replace: is_in_history, ..NavigateOptions::default() });
    }
}

fn with_next(page: &str, next: &str) -> String {
    if next == paths::HOME { page.to_owned() } else { format!("{page}?{NEXT}={}", encode(next)) }
}

fn query(search: &str) -> String {
    if search.is_empty() { String::new() } else { format!("?{}", search.trim_start_matches('?')) }
}

/// Returns `next` if it is a path of this origin (ASVS 3.7.2: no open redirect) and leads neither to a login page nor
/// to an e-mail link.
fn safe(next: &str) -> Option<String> {
    let path = next.split(['?', '#']).next().unwrap_or_default();
    let is_path = path.starts_with('/') && !path.contains("//");
    let is_normalized = path.split('/').all(|segment| segment != "." && segment != "..");
    let is_plain = next.chars().all(|c| !c.is_control() && c != '\\');
    let is_for_logging_in = [paths::LOG_IN, paths::SIGN_UP, paths::FORGOT_PASSWORD]
        .iter()
        .chain(&paths::EMAIL_LINKS)
        .any(|page| next.starts_with(page));
    let is_safe = is_path && is_normalized && is_plain && !is_for_logging_in;
    is_safe.then(|| next.to_owned())
}

fn encode(path: &str) -> String {
    let keep =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.' | b'~');
    path.bytes()
        .map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_origin_are_safe() {
        assert_eq!(safe("/posts?before=1"), Some("/posts?before=1".to_owned()));
        for bad in [
            "",
            "posts",
            "//evil.example",
            "/.//evil.example",
            "/a/..",
            "/\\evil.example",
            "https://evil.example",
            "/\n/evil",
            "/login?next=/",
            "javascript:alert(1)",
        ] {
            assert_eq!(safe(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn reserved_characters_are_percent_encoded() {
        assert_eq!(encode("/posts?a=b c&d"), "/posts%3Fa%3Db%20c%26d");
    }
}
