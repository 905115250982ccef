//! Another app that logs in with Handstamp: one protected server function, one protected endpoint.
//!
//! What it needs of the login are the lines marked with numbers in `app.rs` and in `main.rs`.

pub mod app;

/// Starts the page that the server rendered.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    handstamp::ui::start::report_panics(|_| ());
    handstamp::ui::start::start(app::App);
}
