//! Private notes, with logins by Handstamp: an app with everything that `docs/integrate.md` describes.

pub mod app;
#[cfg(feature = "ssr")]
pub mod server;

/// Starts the program in the document that the server rendered.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    handstamp_leptos::program::start::report_panics(|_| ());
    handstamp_leptos::program::start::start(app::App);
}
