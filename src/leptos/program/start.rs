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
/// The app hydrates the server's rendering. If something else has changed that rendering, hydration would fail, so the
/// app is rendered in its place (`program_state.js`).
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
        // Before the log, which allocates: the allocation may be what failed.
        program_state::report(ProgramState::Stopped);
        log(panic);
    }));
}
