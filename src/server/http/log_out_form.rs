//! Logout with an HTML form, for a page whose WASM has stopped (`program/program_state.rs`).

use super::{cookie, state::AppState};
use crate::{accounts::sessions, error::ServiceError};
use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Redirect, Response},
};

/// `POST /auth/log_out_form`: ends the sessions of the cookie's tokens, as `/auth/log_out` does, and sends the
/// browser to the login page.
///
/// # Errors
/// `unavailable` if the database can't be used. The session is still active then, and the cookies are kept.
pub async fn log_out(
    State(state): State<AppState>,
    headers: HeaderMap,
) -> Result<Response, ServiceError> {
    let cookies = &state.cookies;
    let tokens = cookies.read(&headers).genuine_refresh_tokens(&state.keys);
    sessions::log_out_all(&state.accounts, &tokens).await?;
    let mut response = Redirect::to("/login").into_response();
    let headers = response.headers_mut();
    if !tokens.is_empty() {
        for value in cookies.clear() {
            headers.append(cookie::SET, value);
        }
    }
    headers.append(cookie::SET, cookies.clear_pending_logout());
    headers.insert(
        header::HeaderName::from_static("clear-site-data"),
        header::HeaderValue::from_static(r#""storage""#),
    );
    Ok(response)
}
