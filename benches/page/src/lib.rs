//! Calls from a page, through the interceptor and without it: what the interceptor costs a call.
//! `end2end/bench/` loads this into a page of a running server.

use gloo_net::http::Request;
use handstamp::auth::{api, client};
use serde::de::IgnoredAny;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

/// Logs in as a guest.
///
/// # Errors
/// The server's refusal.
#[wasm_bindgen]
pub async fn log_in() -> Result<(), JsError> {
    client::log_in(api::try_it()).await.map_err(JsError::from)
}

/// Reads `path` as often as `calls` says, one after the other, with nothing but fetch. Answers the
/// milliseconds that it took.
///
/// # Errors
/// A call that failed.
#[wasm_bindgen]
pub async fn bare(path: String, calls: u32) -> Result<f64, JsError> {
    let began = client::now();
    for _ in 0..calls {
        Request::get(&path).send().await?.json::<IgnoredAny>().await?;
    }
    Ok(client::now() - began)
}

/// The same through the interceptor.
///
/// # Errors
/// A call that failed.
#[wasm_bindgen]
pub async fn intercepted(path: String, calls: u32) -> Result<f64, JsError> {
    let began = client::now();
    for _ in 0..calls {
        client::api::get::<IgnoredAny>(&path).await?;
    }
    Ok(client::now() - began)
}
