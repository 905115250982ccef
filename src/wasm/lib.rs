//! The program that the browser runs: it hydrates the pages that the server rendered. An app with other pages has its
//! own.

#![cfg(target_family = "wasm")]

use handstamp::{app::App, demo_mode::DemoMode, pages::code_split};
use handstamp_leptos::program::start::{report_panics, start};
use leptos::prelude::provide_context;
use wasm_bindgen::prelude::wasm_bindgen;

/// The document calls this when the program is loaded.
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
