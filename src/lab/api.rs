//! The lab's server functions. They exist only in a demo.

use super::types::{CopiedToken, CopyResult, ShortenedToken};
use handstamp_leptos::{
    client::{AuthClient, PublicClient},
    codec::StrictJson,
};
use handstamp_protocol::error::AppError;
use leptos::{prelude::*, server_fn::codec::Json};

/// Exchanges the access token for one with the same claims that expires in so many seconds; never later than before.
///
/// # Errors
/// `not_found` without a demo, `validation`, and those of the guard.
#[server(prefix = "/auth/lab", endpoint = "cut_ticket", input = StrictJson, output = Json, client = AuthClient)]
pub async fn shorten_access_token(seconds: u32) -> Result<ShortenedToken, AppError> {
    use super::server;
    let request = server::open()?;
    let user = request.authenticated()?;
    Ok(server::shorten_access_token(&request.state, &user, seconds)?)
}

/// Lets so many seconds pass for the session of the access token: moves all times of the session into the past, and
/// exchanges the access token for one that expires as much earlier.
///
/// # Errors
/// `not_found` without a demo, `validation`, and those of the guard.
#[server(prefix = "/auth/lab", endpoint = "pass_time", input = StrictJson, output = Json, client = AuthClient)]
pub async fn pass_time(seconds: u32) -> Result<ShortenedToken, AppError> {
    use super::server;
    let request = server::open()?;
    let user = request.authenticated()?;
    Ok(server::pass_time(&request.state, &user, seconds).await?)
}

/// Ends the session of the access token as the same user would on another device.
///
/// # Errors
/// `not_found` without a demo, and those of the guard.
#[server(prefix = "/auth/lab", endpoint = "end_session", input = StrictJson, output = Json, client = AuthClient)]
pub async fn end_session() -> Result<(), AppError> {
    use super::server;
    let request = server::open()?;
    let user = request.authenticated()?;
    Ok(server::end_session(&request.state, &user).await?)
}

/// Refreshes as `/auth/refresh` does, and discards the response: the client receives no token and no cookie, as when a
/// proxy times out.
///
/// # Errors
/// `not_found` without a demo, those of a refresh, and otherwise always `unavailable` with status 504.
#[server(prefix = "/auth/lab", endpoint = "lose_refresh", input = StrictJson, output = Json, client = PublicClient)]
pub async fn lose_refresh() -> Result<(), AppError> {
    use super::server;
    use handstamp_protocol::error::ErrorCode;
    let request = server::open()?;
    request.refresh().await?;
    Err(AppError { status: 504, ..ErrorCode::Unavailable.into() })
}

/// Copies the refresh token of this browser for the attacker. The page never sees the copy.
///
/// # Errors
/// `not_found` without a demo, `refresh_token_missing`, `refresh_token_invalid`, `session_expired`, `session_revoked`.
#[server(prefix = "/auth/lab", endpoint = "steal", input = StrictJson, output = Json, client = PublicClient)]
pub async fn copy_refresh_token() -> Result<CopiedToken, AppError> {
    use super::server;
    let request = server::open()?;
    Ok(server::copy_refresh_token(&request).await?)
}

/// Refreshes with the copy, as the attacker.
///
/// # Errors
/// `not_found` without a demo or a copy, `refresh_token_missing`, `refresh_token_invalid`.
#[server(prefix = "/auth/lab", endpoint = "strike", input = StrictJson, output = Json, client = PublicClient)]
pub async fn refresh_with_copy() -> Result<CopyResult, AppError> {
    use super::server;
    let request = server::open()?;
    Ok(server::refresh_with_copy(&request).await?)
}
