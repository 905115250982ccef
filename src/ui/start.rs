//! Starts the program of a page.

use super::program_state::{self, ProgramState, ROOT};
use leptos::{
    mount::{hydrate_from, mount_to},
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::HtmlElement,
};

/// Starts `app` in the element with the id [`ROOT`], and reports that it runs.
///
/// The app hydrates what the server rendered. If something else has changed that since, hydration would fail: then
/// the app is rendered in the place of it (`program_state.js`).
pub fn start<V: IntoView + 'static>(app: impl FnOnce() -> V + 'static) {
    let Some(root) = document().get_element_by_id(ROOT) else {
        return program_state::report(ProgramState::Stopped);
    };
    let root: HtmlElement = root.unchecked_into();
    if program_state::must_rebuild() {
        root.set_text_content(None);
        mount_to(root, app).forget();
    } else {
        hydrate_from(root, app).forget();
    }
    program_state::report(ProgramState::Running);
}

/// Reports a panic to the page.
pub fn report_panics(log: impl Fn(&std::panic::PanicHookInfo<'_>) + Send + Sync + 'static) {
    std::panic::set_hook(Box::new(move |panic| {
        // First, because the message for the console allocates, and that may be what failed.
        program_state::report(ProgramState::Stopped);
        log(panic);
    }));
}
