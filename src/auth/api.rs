//! The `/auth` server functions: parse, call, answer. The browser door.
//!
//! Those that an access token guards name `client = AuthClient`: that one word puts the interceptor
//! between the caller and the server. The others name `DoorClient`, which sends the bare request.

use super::{
    client::{AuthClient, DoorClient},
    codec::StrictJson,
    types::{BrowserTokens, Password},
};
use crate::error::AppError;
use leptos::{prelude::*, server_fn::codec::Json};

/// Makes an account and logs in to it.
///
/// # Errors
/// `validation`, `rate_limited`, `unavailable`.
#[server(prefix = "/auth", endpoint = "sign_up", input = StrictJson, output = Json, client = DoorClient)]
pub async fn sign_up(
    username: String,
    email: String,
    password: Password,
) -> Result<BrowserTokens, AppError> {
    use super::server::{accounts, door::Door, identity::Registration};
    let door = Door::open()?;
    door.count_try()?;
    let registration = Registration::parse(&username, &email, password)?;
    Ok(door.begin(accounts::sign_up(&door.state, registration, door.device()).await?).await)
}

/// Makes a guest account of its own and logs in to it; in demo mode only.
///
/// # Errors
/// `not_found` where the demo is off, `rate_limited`.
#[server(prefix = "/auth", endpoint = "try_it", input = StrictJson, output = Json, client = DoorClient)]
pub async fn try_it() -> Result<BrowserTokens, AppError> {
    use super::server::{accounts, door::Door};
    let door = Door::open()?;
    door.count_try()?;
    Ok(door.begin(accounts::sign_up_guest(&door.state, door.device()).await?).await)
}

/// Logs in with a user name or an e-mail address, and a password.
///
/// # Errors
/// `invalid_credentials`, `rate_limited`, `unavailable`.
#[server(prefix = "/auth", endpoint = "log_in", input = StrictJson, output = Json, client = DoorClient)]
pub async fn log_in(username: String, password: Password) -> Result<BrowserTokens, AppError> {
    use super::server::{accounts, door::Door};
    let door = Door::open()?;
    door.count_try()?;
    Ok(door.begin(accounts::log_in(&door.state, &username, password, door.device()).await?).await)
}

/// Refreshes: the refresh token comes in its cookie, and goes back in it when it rotates.
///
/// The client never calls this through [`AuthClient`]: see `client/refresh.rs`.
///
/// # Errors
/// Those of the state table. Where the session is over, the cookie is cleared.
#[server(prefix = "/auth", endpoint = "refresh", input = StrictJson, output = Json, client = DoorClient)]
pub async fn refresh() -> Result<BrowserTokens, AppError> {
    use super::server::{door::Door, rotation};
    use crate::error::ErrorCode;
    let door = Door::open()?;
    let jar = door.jar();
    let refreshed = match jar.refresh_token() {
        Some(token) => rotation::refresh(&door.state, token, jar.attempt()).await,
        None => Err(ErrorCode::RefreshTokenMissing.into()),
    };
    refreshed.map(|grant| door.grant(grant)).inspect_err(|error| {
        if error.status == 401 {
            door.clear_session();
        }
    })
}

/// Ends this session. Also a success when there was none.
///
/// # Errors
/// `unavailable` while the database can't answer: the session is still running then.
#[server(prefix = "/auth", endpoint = "log_out", input = StrictJson, output = Json, client = DoorClient)]
pub async fn log_out() -> Result<(), AppError> {
    use super::server::{accounts, door::Door};
    let door = Door::open()?;
    if let Some(token) = door.jar().refresh_token() {
        accounts::log_out(&door.state, token).await?;
    }
    door.clear_session();
    door.clear_site_data();
    Ok(())
}

/// Ends every session of the person who asks, this one too.
///
/// # Errors
/// Those of the guard.
#[server(prefix = "/auth", endpoint = "log_out_everywhere", input = StrictJson, output = Json, client = AuthClient)]
pub async fn log_out_everywhere() -> Result<(), AppError> {
    use super::server::{accounts, door::Door};
    let door = Door::open()?;
    let who = door.authenticated()?;
    accounts::log_out_everywhere(&door.state, &who.0).await?;
    door.clear_session();
    door.clear_site_data();
    Ok(())
}
