//! Where a person goes after logging in: back to where they were.

use crate::auth::client::{
    state::{SessionState, Snapshot},
    use_session,
};
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate, use_query_map},
};

/// The address of the login page that leads back to the page that is open now.
pub fn log_in_address() -> Signal<String> {
    let location = use_location();
    Signal::derive(move || {
        let here =
            format!("{}{}", location.pathname.get(), location.search.with(|search| query(search)));
        match safe(&here) {
            Some(here) => with_next("/login", &here),
            None => "/login".to_owned(),
        }
    })
}

/// Where the address of this page says to go next; home where it says nothing or nothing good.
pub fn next() -> Signal<String> {
    let query = use_query_map();
    Signal::derive(move || {
        query.get().get("next").and_then(|next| safe(&next)).unwrap_or_else(|| "/".to_owned())
    })
}

/// The address of a page that goes on to where this one would.
pub fn link_with_next(page: &'static str, next: Signal<String>) -> Signal<String> {
    Signal::derive(move || with_next(page, &next.get()))
}

/// Goes on to `next` when a user logs in, on this page or in another tab. Goes at once if a user is logged in
/// already, unless the address of the page says `?stay`. Goes only once: the user may leave this page for another
/// one while `next` is fetched. Returns whether it has gone.
pub fn leave_when_signed_in(next: Signal<String>) -> ReadSignal<bool> {
    let session = use_session();
    let leave = use_leave();
    let stays = use_query_map().with_untracked(|query| query.get("stay").is_some());
    // The user who was logged in from the beginning, and may stay.
    let initial = StoredValue::new(None::<Option<String>>);
    let (has_left, set_has_left) = signal(false);
    Effect::new(move || {
        let Snapshot { state, user, .. } = session.get();
        if !matches!(state, SessionState::SignedIn | SessionState::SignedOut(_)) {
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

/// Returns what goes to another page of the app and removes the open one from the history, so that "Back" skips it.
///
/// The effects of a page can run before the router has added its address to the history. Then there is no entry
/// to replace, and a replacement would remove the page that the user came from.
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
    if next == "/" { page.to_owned() } else { format!("{page}?next={}", encode(next)) }
}

fn query(search: &str) -> String {
    if search.is_empty() { String::new() } else { format!("?{}", search.trim_start_matches('?')) }
}

/// A path on our own origin that is worth going back to, or nothing: no open redirect (ASVS 3.7.2),
/// no loop through the login page.
fn safe(next: &str) -> Option<String> {
    let path = next.split(['?', '#']).next().unwrap_or_default();
    let is_path = path.starts_with('/') && !path.contains("//");
    let is_straight = path.split('/').all(|segment| segment != "." && segment != "..");
    let is_plain = next.chars().all(|c| !c.is_control() && c != '\\');
    let leads_back = ["/login", "/signup", "/magic", "/forgot", "/reset", "/confirm", "/undo"]
        .iter()
        .any(|page| next.starts_with(page));
    (is_path && is_straight && is_plain && !leads_back).then(|| next.to_owned())
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
    fn only_a_path_of_our_own_is_gone_back_to() {
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
    fn the_address_is_encoded() {
        assert_eq!(encode("/posts?a=b c&d"), "/posts%3Fa%3Db%20c%26d");
    }
}
