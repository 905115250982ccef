//! What the browser runs: wakes the page that the server rendered. Another app has pages of its own, and wakes
//! those.

#![cfg(target_family = "wasm")]

use handstamp::{
    app::App,
    pages::apart,
    ui::program_state::{self, ProgramState},
};
use leptos::mount::hydrate_body;
use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the document once this program is loaded.
#[wasm_bindgen]
pub fn hydrate() {
    std::panic::set_hook(Box::new(|panic| {
        // First, because the message for the console allocates, and that may be what failed.
        program_state::report(ProgramState::Stopped);
        console_error_panic_hook::hook(panic);
    }));
    wasm_bindgen_futures::spawn_local(async {
        if apart::load_for_this_page().await {
            program_state::report(ProgramState::Running);
            hydrate_body(App);
        }
    });
}
