//! A small app that uses Handstamp for its logins: one protected server function and one protected endpoint.
//!
//! Steps 2 to 10 of the tutorial in `README.md` are marked in this file, in `app.rs` and in `main.rs`.

pub mod app;

/// 2. Start the program in the document that the server rendered. A panic is shown by the notices of step 3.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    handstamp_leptos::program::start::report_panics(|_| ());
    handstamp_leptos::program::start::start(app::App);
}
