//! The server functions of the lab. Where there is no demo, they are not there.

use super::types::{ShortTicket, Struck, Theft};
use crate::{
    auth::{
        client::{AuthClient, PublicClient},
        codec::StrictJson,
    },
    protocol::error::AppError,
};
use leptos::{prelude::*, server_fn::codec::Json};

/// Swaps the access token for one that says the same and is over sooner; never later.
///
/// # Errors
/// `not_found` where there is no demo, those of the guard, `validation`.
#[server(prefix = "/auth/lab", endpoint = "cut_ticket", input = StrictJson, output = Json, client = AuthClient)]
pub async fn cut_ticket(seconds: u32) -> Result<ShortTicket, AppError> {
    use super::server;
    let door = server::open()?;
    let who = door.authenticated()?;
    Ok(server::cut_ticket(&door.state, &who, seconds)?)
}

/// Refreshes as `/auth/refresh` does, and loses the answer on its way: no token and no cookie arrives, as
/// when a proxy gives up.
///
/// # Errors
/// `not_found` where there is no demo, those of the state table; and always a 504.
#[server(prefix = "/auth/lab", endpoint = "lose_refresh", input = StrictJson, output = Json, client = PublicClient)]
pub async fn lose_refresh() -> Result<(), AppError> {
    use super::server;
    use crate::protocol::error::ErrorCode;
    let door = server::open()?;
    door.refresh().await?;
    Err(AppError { status: 504, ..ErrorCode::Unavailable.into() })
}

/// Lets a thief copy the refresh token of this browser. The page never sees the copy.
///
/// # Errors
/// `not_found` where there is no demo, `refresh_token_missing`, `refresh_token_invalid`,
/// `session_expired`, `session_revoked`.
#[server(prefix = "/auth/lab", endpoint = "steal", input = StrictJson, output = Json, client = PublicClient)]
pub async fn steal() -> Result<Theft, AppError> {
    use super::server;
    let door = server::open()?;
    Ok(server::steal(&door).await?)
}

/// Lets the thief refresh with the copy.
///
/// # Errors
/// `not_found` where there is no demo or no copy, `refresh_token_missing`, `refresh_token_invalid`.
#[server(prefix = "/auth/lab", endpoint = "strike", input = StrictJson, output = Json, client = PublicClient)]
pub async fn strike() -> Result<Struck, AppError> {
    use super::server;
    let door = server::open()?;
    Ok(server::strike(&door).await?)
}
