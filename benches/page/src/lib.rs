//! Calls from a page with and without the interceptor, to measure its cost per call. `end2end/bench/` loads this into a
//! page of a running server.

use gloo_net::http::Request;
use handstamp_leptos::{client, server_functions};
use serde::de::IgnoredAny;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

/// Logs in as a guest.
///
/// # Errors
/// Fails if the login fails.
#[wasm_bindgen]
pub async fn log_in() -> Result<(), JsError> {
    client::log_in(server_functions::try_it()).await.map_err(JsError::from)
}

/// Sends `calls` requests for `path`, one after the other, with `fetch` alone. Returns the duration in milliseconds.
///
/// # Errors
/// Fails if a call fails.
#[wasm_bindgen]
pub async fn bare(path: String, calls: u32) -> Result<f64, JsError> {
    let started = client::now();
    for _ in 0..calls {
        Request::get(&path).send().await?.json::<IgnoredAny>().await?;
    }
    Ok(client::now() - started)
}

/// Does the same through the interceptor.
///
/// # Errors
/// Fails if a call fails.
#[wasm_bindgen]
pub async fn intercepted(path: String, calls: u32) -> Result<f64, JsError> {
    let started = client::now();
    for _ in 0..calls {
        client::api::get::<IgnoredAny>(&path).await?;
    }
    Ok(client::now() - started)
}
