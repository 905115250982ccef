//! The light and the dark theme: the system's, or the one that the user has chosen.
//!
//! The choice is stored in a cookie, so that the server renders the right theme.

use handstamp_protocol::{cookie_header, cookie_names::CookieNames};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlDocument;

/// The theme of the system.
const AUTO: &str = "auto";

/// The attribute of the root element with the theme.
const ATTRIBUTE: &str = "data-theme";

/// Returns the theme of the request's cookie, or `auto` for the system's. `public_url` is the origin of the site.
pub fn of_request(public_url: &str) -> &'static str {
    let name = CookieNames::of_origin(public_url).theme;
    let parts = use_context::<http::request::Parts>();
    let value =
        parts.as_ref().and_then(|parts| cookie_header::values(&parts.headers, &name).next());
    match value {
        Some("dark") => "dark",
        Some("light") => "light",
        _ => AUTO,
    }
}

/// The choice between the themes. Rendered only in the browser, where the document has the current one.
#[component]
pub fn ThemeChoice() -> impl IntoView {
    let chosen = RwSignal::new(current());
    let option = move |theme: &'static str, label: &'static str| {
        let is_chosen = Signal::derive(move || chosen.get() == theme);
        let choose = move |_| {
            chosen.set(theme.to_owned());
            apply(theme);
        };
        view! {
            <label>
                <input type="radio" name="theme" value=theme prop:checked=is_chosen on:change=choose />
                <span>{label}</span>
            </label>
        }
    };
    view! {
        <fieldset class="theme-choice">
            <legend>"Theme"</legend>
            {option("light", "Light")}
            {option("dark", "Dark")}
            {option(AUTO, "System")}
        </fieldset>
    }
}

/// The icon of the button that opens the choice.
#[component]
pub fn ThemeIcon() -> impl IntoView {
    view! {
        <svg class="theme-icon" viewBox="0 0 20 20" aria-hidden="true">
            <circle cx="10" cy="10" r="7" />
            <path d="M10 3 a7 7 0 0 1 0 14 z" />
        </svg>
    }
}

fn current() -> String {
    let root = document().document_element();
    root.and_then(|root| root.get_attribute(ATTRIBUTE)).unwrap_or_else(|| AUTO.to_owned())
}

fn apply(theme: &str) {
    let Some(root) = document().document_element() else { return };
    let _ = root.set_attribute(ATTRIBUTE, theme);
    let origin = window().location().origin().unwrap_or_default();
    if let Ok(document) = document().dyn_into::<HtmlDocument>() {
        let _ = document.set_cookie(&cookie(&CookieNames::of_origin(&origin), theme));
    }
}

/// `Lax`, so that a link from another site opens the page in the right theme. The theme of the system needs no cookie.
fn cookie(names: &CookieNames, theme: &str) -> String {
    let (name, secure) = (&names.theme, names.secure_attribute());
    let max_age = if theme == AUTO { 0 } else { 31_536_000 };
    format!("{name}={theme}; Path=/{secure}; SameSite=Lax; Max-Age={max_age}")
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

    #[test]
    fn the_theme_of_the_system_removes_the_cookie() {
        let names = CookieNames::of_origin("http://localhost:3000");
        assert_eq!(
            cookie(&names, AUTO),
            "handstamp_theme_3000=auto; Path=/; SameSite=Lax; Max-Age=0"
        );
    }
}
