//! The light and the dark theme: the system's, or the one that the user has chosen.
//!
//! The choice is stored in a cookie, so that the server renders the right theme.

use handstamp_protocol::{cookie_header, cookie_names::CookieNames};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlDocument;

/// Returns the theme of the request's cookie, or `auto` for the system's. `public_url` is the origin of the site.
pub fn of_request(public_url: &str) -> &'static str {
    let name = CookieNames::of_origin(public_url).theme;
    let parts = use_context::<http::request::Parts>();
    let value =
        parts.as_ref().and_then(|parts| cookie_header::values(&parts.headers, &name).next());
    match value {
        Some("dark") => "dark",
        Some("light") => "light",
        _ => "auto",
    }
}

/// The button that switches the theme.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    view! {
        <button class="theme-switch" type="button" title="Light or dark" on:click=|_| switch()>
            <span class="visually-hidden">"Switch between light and dark"</span>
            <svg viewBox="0 0 20 20" aria-hidden="true">
                <circle cx="10" cy="10" r="7" />
                <path d="M10 3 a7 7 0 0 1 0 14 z" />
            </svg>
        </button>
    }
}

fn switch() {
    let Some(root) = document().document_element() else { return };
    let system_is_dark = window()
        .match_media("(prefers-color-scheme: dark)")
        .ok()
        .flatten()
        .is_some_and(|query| query.matches());
    let is_dark = match root.get_attribute("data-theme").as_deref() {
        Some("dark") => true,
        Some("light") => false,
        _ => system_is_dark,
    };
    let theme = if is_dark { "light" } else { "dark" };
    let _ = root.set_attribute("data-theme", theme);
    let origin = window().location().origin().unwrap_or_default();
    if let Ok(document) = document().dyn_into::<HtmlDocument>() {
        let _ = document.set_cookie(&cookie(&CookieNames::of_origin(&origin), theme));
    }
}

/// `Lax`, so that a link from another site opens the page in the right theme.
fn cookie(names: &CookieNames, theme: &str) -> String {
    let (name, secure) = (&names.theme, names.secure_attribute());
    format!("{name}={theme}; Path=/{secure}; SameSite=Lax; Max-Age=31536000")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_secure_with_https() {
        let cookie = |origin| cookie(&CookieNames::of_origin(origin), "dark");
        assert_eq!(
            cookie("https://example.org"),
            "__Host-handstamp_theme=dark; Path=/; Secure; SameSite=Lax; Max-Age=31536000"
        );
        assert_eq!(
            cookie("http://localhost:3000"),
            "handstamp_theme_3000=dark; Path=/; SameSite=Lax; Max-Age=31536000"
        );
    }
}
