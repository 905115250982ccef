//! `POST /api/account/registration`: turns a guest account into an account that stays.

use super::{
    extract::JsonBody,
    openapi::responses::{Always, TooMany, Unauthorized, Validation, WithBody},
};
use crate::{
    accounts::guest_registration, device::Device, error::ServiceError, http::state::AppState,
    identity::Registration, sessions::current_user::CurrentUser,
};
use axum::{extract::State, http::StatusCode};
use handstamp_protocol::json_api::GuestRegistration;

/// Turns the guest account into an account that stays
///
/// With a user name, an e-mail address and a password. The posts and the session are kept: the session ends as planned,
/// and the user logs in with the password then. Sends a link that confirms the address.
#[utoipa::path(
    post, path = "/api/account/registration", operation_id = "register_guest", tag = "Account", security(("access_token" = [])),
    request_body = GuestRegistration,
    responses((status = 204, description = "The account stays."), Unauthorized, WithBody, Validation, TooMany, Always)
)]
pub(super) async fn register(
    State(state): State<AppState>,
    current: CurrentUser,
    device: Device,
    JsonBody(GuestRegistration { username, email, password }): JsonBody<GuestRegistration>,
) -> Result<StatusCode, ServiceError> {
    let registration = Registration::parse(&username, &email, password)?;
    guest_registration::register(&state.accounts, &current, registration, None, &device).await?;
    Ok(StatusCode::NO_CONTENT)
}
