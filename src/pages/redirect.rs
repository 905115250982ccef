//! The redirect to the login page, and back after the login.

use super::code_split::load_login_parts;
use crate::ui::{login_name::TypedLoginName, storage};
use handstamp_leptos::client::{
    state::{SessionState, Snapshot},
    use_session,
};
use handstamp_protocol::paths;
use js_sys::Date;
use leptos::{prelude::*, task::spawn_local};
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate, use_query_map},
};

/// The query parameter that holds the path to open after the login.
const NEXT: &str = "next";

/// The query parameter that keeps a user who is logged in on the page.
const STAY: &str = "stay";

/// The item of the web storage that holds the path to open after a login with an e-mail link, and when it expires.
const STORED_NEXT: &str = "handstamp-next";

/// Longer than the links work.
const NEXT_TTL_MS: f64 = 15.0 * 60_000.0;

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

/// Returns the URL of `page` whose form a user can use while logged in ([`Visit`]).
pub fn with_stay(page: &str) -> String {
    format!("{page}?{STAY}")
}

/// A visit to a page for logging in.
#[derive(Debug, Clone, Copy)]
pub struct Visit {
    has_left: RwSignal<bool>,
    is_logged_in: RwSignal<bool>,
}

impl Visit {
    /// Navigates to `next` when a user logs in, on this page or in another tab. Navigates only once, because the user
    /// may leave for another page while `next` is loading. A user who was logged in before stays on the page.
    pub fn new(next: Signal<String>) -> Self {
        let (session, leave, typed_name) = (use_session(), use_leave(), TypedLoginName::current());
        let shows_form = use_query_map().with_untracked(|query| query.get(STAY).is_some());
        let visit = Self { has_left: RwSignal::new(false), is_logged_in: RwSignal::new(false) };
        // The user who was logged in before, once that is known.
        let initial = StoredValue::new(None::<Option<String>>);
        Effect::new(move || {
            let Snapshot { state, user, .. } = session.get();
            let user = match state {
                SessionState::LoggedIn => user.map(|user| user.id),
                SessionState::LoggedOut(_) => None,
                _ => return,
            };
            if user.is_none() || initial.with_value(Option::is_none) {
                initial.set_value(Some(user.clone()));
                if user.is_some() && !shows_form {
                    visit.show_user();
                } else {
                    visit.is_logged_in.set(false);
                }
            } else if user != initial.get_value().flatten() && !visit.has_left.get_untracked() {
                visit.has_left.set(true);
                typed_name.set(String::new());
                leave(&next.get_untracked());
            }
        });
        visit
    }

    fn show_user(self) {
        spawn_local(async move {
            // Without the code for it, the form stays.
            if load_login_parts().await.is_ok() {
                let _ = self.is_logged_in.try_set(true);
            }
        });
    }

    /// Returns whether the page has navigated to the next one.
    pub fn has_left(self) -> bool {
        self.has_left.get_untracked()
    }

    /// Prevents the navigation while the page itself logs in and continues after it.
    pub fn stay(self) {
        self.has_left.set(true);
    }

    /// Permits the navigation again, after a login that has failed.
    pub fn stay_no_longer(self) {
        let _ = self.has_left.try_set(false);
    }

    /// Returns whether to say that a user is logged in, in place of the form. The query parameter `stay` asks for the
    /// form.
    pub fn is_logged_in(self) -> Signal<bool> {
        self.is_logged_in.into()
    }
}

/// Stores `next` for the page of an e-mail link, which may open in another tab.
pub fn store_next(next: &str) {
    let Some(storage) = storage::of_site() else { return };
    let _ = if next == paths::HOME {
        storage.remove_item(STORED_NEXT)
    } else {
        storage.set_item(STORED_NEXT, &format!("{} {next}", Date::now() + NEXT_TTL_MS))
    };
}

/// Returns the path that [`store_next`] has stored, or the home page. The next call returns the home page.
pub fn take_stored_next() -> String {
    let stored = storage::of_site().and_then(|storage| {
        let stored = storage.get_item(STORED_NEXT).ok().flatten()?;
        let _ = storage.remove_item(STORED_NEXT);
        Some(stored)
    });
    let next = stored.as_deref().and_then(|stored| parse_stored_next(stored, Date::now()));
    next.unwrap_or_else(|| paths::HOME.to_owned())
}

fn parse_stored_next(stored: &str, now: f64) -> Option<String> {
    let (until, next) = stored.split_once(' ')?;
    (now < until.parse().ok()?).then(|| safe(next)).flatten()
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
    fn a_stored_path_expires_and_is_checked() {
        assert_eq!(parse_stored_next("1000 /posts?a=b c", 999.0), Some("/posts?a=b c".to_owned()));
        for bad in ["1000 /posts", "", "/posts", "x /posts", "5000 //evil.example", "5000 "] {
            assert_eq!(parse_stored_next(bad, 1000.0), None, "{bad:?}");
        }
    }

    #[test]
    fn reserved_characters_are_percent_encoded() {
        assert_eq!(encode("/posts?a=b c&d"), "/posts%3Fa%3Db%20c%26d");
    }
}
