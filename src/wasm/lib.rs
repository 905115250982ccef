//! What the browser runs: wakes the page that the server rendered. Another app has pages of its own, and wakes
//! those.

#![cfg(target_family = "wasm")]

use handstamp::{app::App, pages::apart};
use leptos::mount::hydrate_body;
use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the document once this program is loaded.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    wasm_bindgen_futures::spawn_local(async {
        if apart::load_for_this_page().await {
            hydrate_body(App);
        }
    });
}
