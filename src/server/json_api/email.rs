//! `/api/account/email`: changes and confirms the e-mail address of the account.

use super::{
    extract::JsonBody,
    openapi::responses::{Always, Forbidden, Missing, TooMany, Validation, WithBody},
};
use crate::{
    accounts::{account_settings, email_change},
    device::Device,
    error::ServiceError,
    http::state::AppState,
    sessions::current_user::CurrentUser,
};
use axum::{extract::State, http::StatusCode};
use handstamp_protocol::json_api::NewEmail;

/// Changes the e-mail address
///
/// Sends a link to the new address. Nothing changes before the user opens it. If the account has a password, the
/// request requires it.
#[utoipa::path(
    put, path = "/api/account/email", operation_id = "change_email", tag = "Account", security(("access_token" = [])),
    request_body = NewEmail,
    responses((status = 202, description = "The link is sent."), Forbidden, WithBody, Validation, TooMany, Always)
)]
pub(super) async fn change(
    State(state): State<AppState>,
    current: CurrentUser,
    device: Device,
    JsonBody(NewEmail { email, password }): JsonBody<NewEmail>,
) -> Result<StatusCode, ServiceError> {
    email_change::request(&state.accounts, &current, &email, password, &device).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Sends the confirmation link again
///
/// Sends nothing if the e-mail address is confirmed.
#[utoipa::path(
    post, path = "/api/account/email/confirmation", operation_id = "send_email_confirmation", tag = "Account", security(("access_token" = [])),
    responses((status = 202, description = "The link is sent, unless the address is confirmed already."), Forbidden, TooMany, Always)
)]
pub(super) async fn send_confirmation(
    State(state): State<AppState>,
    current: CurrentUser,
    device: Device,
) -> Result<StatusCode, ServiceError> {
    account_settings::send_confirmation(&state.accounts, &current, &device).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Sends the link of a pending change again
///
/// To the new address, with more time. The previous link stops working.
#[utoipa::path(
    post, path = "/api/account/email/change", operation_id = "resend_email_change", tag = "Account", security(("access_token" = [])),
    responses((status = 202, description = "The link is sent."), Forbidden, Missing, TooMany, Always)
)]
pub(super) async fn resend_change(
    State(state): State<AppState>,
    current: CurrentUser,
    device: Device,
) -> Result<StatusCode, ServiceError> {
    email_change::resend(&state.accounts, &current, &device).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Cancels a pending change of the e-mail address
///
/// Its link stops working. Also succeeds if no change is pending.
#[utoipa::path(
    delete, path = "/api/account/email/change", operation_id = "cancel_email_change", tag = "Account", security(("access_token" = [])),
    responses((status = 204, description = "No change is pending."), Forbidden, Always)
)]
pub(super) async fn cancel_change(
    State(state): State<AppState>,
    current: CurrentUser,
    device: Device,
) -> Result<StatusCode, ServiceError> {
    email_change::cancel(&state.accounts, &current, &device).await?;
    Ok(StatusCode::NO_CONTENT)
}
