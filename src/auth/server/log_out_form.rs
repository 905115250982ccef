//! Logging out with a plain HTML form: for a page whose program has stopped (`ui/program_state.rs`).

use super::{accounts, cookie};
use crate::{error::AppError, server::state::AppState};
use axum::{
    extract::State,
    http::HeaderMap,
    response::{AppendHeaders, IntoResponse, Redirect},
};

/// `POST /auth/log_out_form`: ends the session of the cookie, as `/auth/log_out` does, and sends the browser to
/// the login page.
///
/// # Errors
/// `unavailable` if the database can't be used. The session is still running then, and the cookies are kept.
pub async fn log_out(
    State(state): State<AppState>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, AppError> {
    let cookies = &state.cookies;
    if let Some(token) = cookies.read(&headers).refresh_token() {
        accounts::log_out(&state, token).await?;
    }
    let clear_cookies =
        AppendHeaders([cookies.clear(), cookies.forget_logout()].map(|value| (cookie::SET, value)));
    Ok((clear_cookies, [("clear-site-data", r#""storage""#)], Redirect::to("/login")))
}
