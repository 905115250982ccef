//! What the browser runs: starts the page that the server rendered. Another app has pages of its own, and starts
//! those.

#![cfg(target_family = "wasm")]

use handstamp::{
    app::{App, DemoMode},
    pages::code_split,
    ui::start::{report_panics, start},
};
use leptos::prelude::provide_context;
use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the document once this program is loaded.
#[wasm_bindgen]
pub fn hydrate() {
    report_panics(console_error_panic_hook::hook);
    wasm_bindgen_futures::spawn_local(async {
        if code_split::load_for_this_page().await {
            start(|| {
                provide_context(DemoMode::of_document());
                App()
            });
        }
    });
}
