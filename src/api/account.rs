//! `/api/account`: the account of the user, and changes of it.

use super::{
    extract::{JsonBody, OptionalJsonBody},
    openapi::responses::{
        Always, Forbidden, NotConfirmed, TooMany, Unauthorized, Validation, WithBody,
    },
};
use crate::{
    auth::server::{
        accounts::{
            account_settings,
            reauthentication::{self, member},
            recovery_codes, totp,
        },
        http::{device::Device, guard::Authenticated},
    },
    protocol::json_api::{
        Account, Confirmation, NewEmail, NewPassword, NewUsername, PreparedSecondFactor, Proof,
        RecoveryCodes, SecondFactorCode,
    },
    server::{error::ServiceError, state::AppState},
};
use axum::{Json, extract::State, http::StatusCode};

/// Shows the account
///
/// Name, address, and how its user logs in.
#[utoipa::path(
    get, path = "/api/account", operation_id = "get_account", tag = "Account", security(("access_token" = [])),
    responses((status = 200, description = "The account.", body = Account), Unauthorized, Always)
)]
pub(super) async fn show(
    State(state): State<AppState>,
    who: Authenticated,
) -> Result<Json<Account>, ServiceError> {
    let user = reauthentication::person(&state, &who).await?;
    Ok(Json(Account {
        username: user.username,
        email: user.email,
        guest: user.guest,
        email_confirmed: user.email_confirmed_at.is_some(),
        has_password: user.password_hash.is_some(),
        second_factor: user.totp_since.is_some(),
        recovery_codes_left: recovery_codes::left(&state, &who).await?,
        confirmed: reauthentication::is_fresh(&state, &who).await?,
    }))
}

/// Confirms that it is the user
///
/// With the password, and a code if two-step login is on. For 15 minutes then this access token, and those of
/// later refreshes, may change what could lock you out. A new login does the same.
#[utoipa::path(
    post, path = "/api/account/confirmation", operation_id = "confirm_user", tag = "Account", security(("access_token" = [])),
    request_body = Confirmation,
    responses((status = 204, description = "Confirmed."), NotConfirmed, WithBody, Validation, TooMany, Always)
)]
pub(super) async fn confirm(
    State(state): State<AppState>,
    who: Authenticated,
    device: Device,
    JsonBody(Confirmation { password, code }): JsonBody<Confirmation>,
) -> Result<StatusCode, ServiceError> {
    reauthentication::confirm(&state, &who, password, code.as_deref(), &device).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes the user name
///
/// The user logs in with it, and other users see it.
#[utoipa::path(
    put, path = "/api/account/username", operation_id = "change_username", tag = "Account", security(("access_token" = [])),
    request_body = NewUsername,
    responses((status = 204, description = "Changed."), Forbidden, WithBody, Validation, TooMany, Always)
)]
pub(super) async fn change_username(
    State(state): State<AppState>,
    who: Authenticated,
    device: Device,
    JsonBody(NewUsername { username }): JsonBody<NewUsername>,
) -> Result<StatusCode, ServiceError> {
    account_settings::change_username(&state, &who, &username, &device).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes the password
///
/// Ends the other sessions unless `keep_others` is true.
#[utoipa::path(
    put, path = "/api/account/password", operation_id = "change_password", tag = "Account", security(("access_token" = [])),
    request_body = NewPassword,
    responses((status = 204, description = "Changed."), Forbidden, WithBody, Validation, TooMany, Always)
)]
pub(super) async fn change_password(
    State(state): State<AppState>,
    who: Authenticated,
    device: Device,
    JsonBody(change): JsonBody<NewPassword>,
) -> Result<StatusCode, ServiceError> {
    account_settings::change_password(&state, &who, change, &device).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes the e-mail address
///
/// Sends a link to the new address. Nothing changes before it is opened. An account with a password requires it.
#[utoipa::path(
    put, path = "/api/account/email", operation_id = "change_email", tag = "Account", security(("access_token" = [])),
    request_body = NewEmail,
    responses((status = 202, description = "The link is on its way."), Forbidden, WithBody, Validation, TooMany, Always)
)]
pub(super) async fn change_email(
    State(state): State<AppState>,
    who: Authenticated,
    device: Device,
    JsonBody(change): JsonBody<NewEmail>,
) -> Result<StatusCode, ServiceError> {
    account_settings::change_email(&state, &who, change, &device).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Sends the link that confirms the address again
///
/// Sends nothing if the address is confirmed.
#[utoipa::path(
    post, path = "/api/account/email/confirmation", operation_id = "send_email_confirmation", tag = "Account", security(("access_token" = [])),
    responses((status = 202, description = "On its way, unless the address is confirmed already."), Forbidden, TooMany, Always)
)]
pub(super) async fn send_confirmation(
    State(state): State<AppState>,
    who: Authenticated,
    device: Device,
) -> Result<StatusCode, ServiceError> {
    account_settings::send_confirmation(&state, &who, &device).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Deletes the account
///
/// With everything that belongs to it. This can't be undone.
#[utoipa::path(
    delete, path = "/api/account", operation_id = "delete_account", tag = "Account", security(("access_token" = [])),
    responses((status = 204, description = "Deleted."), Forbidden, Always)
)]
pub(super) async fn delete(
    State(state): State<AppState>,
    who: Authenticated,
    device: Device,
) -> Result<StatusCode, ServiceError> {
    account_settings::delete(&state, &who, &device).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes the secret of a second factor
///
/// For an authenticator app (RFC 6238). Nothing is asked for before a code has shown that the app has it. Send the
/// password, if the account has one; otherwise the login may lie 15 minutes back at most.
#[utoipa::path(
    post, path = "/api/account/second_factor", operation_id = "prepare_second_factor", tag = "Account", security(("access_token" = [])),
    request_body = Option<Proof>,
    responses((status = 200, description = "The secret, shown this once.", body = PreparedSecondFactor), Forbidden, WithBody, Validation, TooMany, Always)
)]
pub(super) async fn prepare_second_factor(
    State(state): State<AppState>,
    who: Authenticated,
    device: Device,
    OptionalJsonBody(Proof { password, .. }): OptionalJsonBody<Proof>,
) -> Result<Json<PreparedSecondFactor>, ServiceError> {
    let user = member(&state, &who).await?;
    reauthentication::require_password(&state, &who, &user, password, "password", &device).await?;
    Ok(Json(totp::prepare(&state, &user).await?))
}

/// Switches two-step login on
///
/// With a code of the authenticator app that has the secret.
/// With a code of the authenticator app that has the secret. Send the password too, if the account has one; otherwise the login may lie 15 minutes back at most.
#[utoipa::path(
    put, path = "/api/account/second_factor", operation_id = "enable_second_factor", tag = "Account", security(("access_token" = [])),
    request_body = SecondFactorCode,
    responses((status = 200, description = "On. The recovery codes are shown this once.", body = RecoveryCodes), Forbidden, WithBody, Validation, TooMany, Always)
)]
pub(super) async fn enable_second_factor(
    State(state): State<AppState>,
    who: Authenticated,
    device: Device,
    JsonBody(SecondFactorCode { code, password }): JsonBody<SecondFactorCode>,
) -> Result<Json<RecoveryCodes>, ServiceError> {
    let user = member(&state, &who).await?;
    reauthentication::require_password(&state, &who, &user, password, "password", &device).await?;
    let device = device.in_session(who.0.sid);
    Ok(Json(totp::enable(&state, &user, &code, &device).await?))
}

/// Switches two-step login off
///
/// Send the password, if the account has one (otherwise the login may lie 15 minutes back at most), and a code of
/// the authenticator app or a recovery code.
#[utoipa::path(
    delete, path = "/api/account/second_factor", operation_id = "disable_second_factor", tag = "Account", security(("access_token" = [])),
    request_body = Option<Proof>,
    responses((status = 204, description = "Off."), Forbidden, WithBody, Validation, TooMany, Always)
)]
pub(super) async fn disable_second_factor(
    State(state): State<AppState>,
    who: Authenticated,
    device: Device,
    OptionalJsonBody(Proof { password, code }): OptionalJsonBody<Proof>,
) -> Result<StatusCode, ServiceError> {
    let user = member(&state, &who).await?;
    reauthentication::require_password(&state, &who, &user, password, "password", &device).await?;
    totp::disable(&state, &who, &user, code.as_deref(), &device).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes new recovery codes
///
/// The former ones stop working. Send the password, if the account has one (otherwise the login may lie 15 minutes
/// back at most), and a code of the authenticator app or a recovery code.
#[utoipa::path(
    post, path = "/api/account/recovery_codes", operation_id = "renew_recovery_codes", tag = "Account", security(("access_token" = [])),
    request_body = Option<Proof>,
    responses((status = 200, description = "The codes, shown this once.", body = RecoveryCodes), Forbidden, WithBody, Validation, TooMany, Always)
)]
pub(super) async fn renew_recovery_codes(
    State(state): State<AppState>,
    who: Authenticated,
    device: Device,
    OptionalJsonBody(Proof { password, code }): OptionalJsonBody<Proof>,
) -> Result<Json<RecoveryCodes>, ServiceError> {
    let user = member(&state, &who).await?;
    reauthentication::require_password(&state, &who, &user, password, "password", &device).await?;
    Ok(Json(recovery_codes::renew(&state, &user, code.as_deref(), &device).await?))
}
