//! Moves the focus to the heading of the page that the user has come to, so that screen readers announce it, and
//! keyboards go on from there.

use handstamp_leptos::client::use_session;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// Focuses the heading after each navigation inside the app, and after a login or a logout that has removed the
/// focused element.
#[component]
pub fn PageFocus(
    /// Whether the code of the next page is being fetched.
    is_routing: ReadSignal<bool>,
) -> impl IntoView {
    let path = use_location().pathname;
    // The page whose heading had the focus last. The browser itself handles the focus of the first one.
    let focused = StoredValue::new(path.get_untracked());
    Effect::new(move || {
        let path = path.get();
        if is_routing.get() || focused.with_value(|focused| *focused == path) {
            return;
        }
        request_animation_frame(move || {
            // The router may have started to fetch the page in between. Then this runs again after that.
            let is_shown = !is_routing.try_get_untracked().unwrap_or(true);
            if is_shown && focused.try_get_value().is_some_and(|focused| focused != path) {
                focused.set_value(path);
                if !is_focus_in_content() {
                    focus_heading();
                }
            }
        });
    });
    let session = use_session();
    Effect::new(move |was_logged_in: Option<Option<bool>>| {
        let is_logged_in = (!session.is_starting()).then(|| session.user().is_some());
        let before = was_logged_in.flatten();
        if before.is_some() && before != is_logged_in {
            request_animation_frame(|| {
                if is_focus_lost() {
                    focus_heading();
                }
            });
        }
        is_logged_in.or(before)
    });
}

/// Returns whether the new page has chosen an element, such as its first field.
fn is_focus_in_content() -> bool {
    let main = document().query_selector("main").ok().flatten();
    match (main, document().active_element()) {
        (Some(main), Some(active)) => main != active && main.contains(Some(&active)),
        _ => false,
    }
}

/// Returns whether no element has the focus. Browsers then say that the body has it.
fn is_focus_lost() -> bool {
    document().active_element().is_none_or(|active| active.tag_name() == "BODY")
}

fn focus_heading() {
    let heading = document().query_selector("main h1").ok().flatten();
    let heading = heading.or_else(|| document().query_selector("main").ok().flatten());
    if let Some(heading) = heading.and_then(|heading| heading.dyn_into::<HtmlElement>().ok()) {
        let _ = heading.set_attribute("tabindex", "-1");
        let _ = heading.focus();
    }
}
