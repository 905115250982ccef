//! Light and dark: by the system, or by the switch.
//!
//! The choice lies in a cookie, so that the server renders the right theme and nothing flashes.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlDocument;

const COOKIE: &str = "handstamp_theme";

/// The theme that the request asks for; `auto` for the system's.
pub fn of_request() -> &'static str {
    let parts = use_context::<http::request::Parts>();
    let cookies = parts.as_ref().and_then(|parts| parts.headers.get("cookie")?.to_str().ok());
    cookies.map_or("auto", chosen)
}

/// The switch.
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

fn chosen(cookies: &str) -> &'static str {
    let value = cookies
        .split(';')
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE);
    match value {
        Some((_, "dark")) => "dark",
        Some((_, "light")) => "light",
        _ => "auto",
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
    if let Ok(document) = document().dyn_into::<HtmlDocument>() {
        let _ = document
            .set_cookie(&format!("{COOKIE}={theme}; Path=/; SameSite=Lax; Max-Age=31536000"));
    }
}
