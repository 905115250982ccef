//! Moves the focus when the element that had it is removed, and to a page that is opened.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{FocusOptions, HtmlElement};

/// Moves the focus to the element with this id before the next repaint.
pub fn focus(id: &'static str) {
    request_animation_frame(move || {
        let element = document().get_element_by_id(id);
        if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
            let _ = element.focus();
        }
    });
}

/// The id of the main part of every page.
pub const MAIN: &str = "main";

/// Moves the focus to the main part of a page that was opened without a new document, so that the keyboard and screen
/// readers continue there. The page stays where it is scrolled to, and a field of it that has taken the focus keeps it.
/// Waits until the page is rendered.
pub fn follow_navigation() {
    request_animation_frame(focus_main);
}

fn focus_main() {
    let Some(main) = document().get_element_by_id(MAIN) else { return };
    let focused = document().active_element();
    if focused.is_some_and(|focused| main.contains(Some(&focused))) {
        return;
    }
    if let Ok(main) = main.dyn_into::<HtmlElement>() {
        let options = FocusOptions::new();
        options.set_prevent_scroll(true);
        let _ = main.focus_with_options(&options);
    }
}
