//! `/api/account`: the account of the user and its settings.

use super::{
    extract::{JsonBody, OptionalJsonBody},
    openapi::responses::{
        Always, Forbidden, NotConfirmed, TooMany, Unauthorized, Validation, WithBody,
    },
    qr_code,
};
use crate::{
    accounts::{
        account_settings::{self, PasswordChange},
        email_change, reauthentication, recovery_codes, totp,
    },
    db::user::UserRow,
    device::Device,
    error::ServiceError,
    http::state::AppState,
    identity::Username,
    sessions::current_user::CurrentUser,
};
use axum::{Json, extract::State, http::StatusCode};
use handstamp_protocol::{
    json_api::{
        Account, Confirmation, NewPassword, NewUsername, PendingEmail, PreparedSecondFactor, Proof,
        RecoveryCodes, SecondFactorCode,
    },
    types::Password,
};

/// Shows the account
///
/// Its user name and e-mail address, and how the user logs in.
#[utoipa::path(
    get, path = "/api/account", operation_id = "get_account", tag = "Account", security(("access_token" = [])),
    responses((status = 200, description = "The account.", body = Account), Unauthorized, Always)
)]
pub(super) async fn show(
    State(state): State<AppState>,
    current: CurrentUser,
) -> Result<Json<Account>, ServiceError> {
    let user = reauthentication::account_of(&state.accounts, &current).await?;
    let pending = email_change::pending(&state.accounts, &user).await?;
    Ok(Json(Account {
        username_generated: Username::is_generated_for_link(&user.username),
        username: user.username,
        email: user.email,
        guest: user.guest,
        email_confirmed: user.email_confirmed_at.is_some(),
        pending_email: pending
            .map(|link| PendingEmail { email: link.email, expires_at: link.expires_at.rfc3339() }),
        has_password: user.password_hash.is_some(),
        second_factor: user.totp_since.is_some(),
        recovery_codes_left: recovery_codes::left(&state.accounts, &current).await?,
        confirmed: reauthentication::is_fresh(&state.accounts, &current).await?,
    }))
}

/// Confirms that it is the user
///
/// With the password, and a code if two-step login is on. For the next 15 minutes, this access token and those of
/// later refreshes may make sensitive changes. A new login has the same effect.
#[utoipa::path(
    post, path = "/api/account/confirmation", operation_id = "confirm_user", tag = "Account", security(("access_token" = [])),
    request_body = Confirmation,
    responses((status = 204, description = "Confirmed."), NotConfirmed, WithBody, Validation, TooMany, Always)
)]
pub(super) async fn confirm(
    State(state): State<AppState>,
    current: CurrentUser,
    device: Device,
    JsonBody(Confirmation { password, code }): JsonBody<Confirmation>,
) -> Result<StatusCode, ServiceError> {
    reauthentication::confirm(&state.accounts, &current, password, code.as_deref(), &device)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes the user name
///
/// The user logs in with the user name, and other users see it.
#[utoipa::path(
    put, path = "/api/account/username", operation_id = "change_username", tag = "Account", security(("access_token" = [])),
    request_body = NewUsername,
    responses((status = 204, description = "Changed."), Forbidden, WithBody, Validation, TooMany, Always)
)]
pub(super) async fn change_username(
    State(state): State<AppState>,
    current: CurrentUser,
    device: Device,
    JsonBody(NewUsername { username }): JsonBody<NewUsername>,
) -> Result<StatusCode, ServiceError> {
    account_settings::change_username(&state.accounts, &current, &username, &device).await?;
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
    current: CurrentUser,
    device: Device,
    JsonBody(NewPassword { current: former, password, keep_others }): JsonBody<NewPassword>,
) -> Result<StatusCode, ServiceError> {
    let change = PasswordChange { former, password, keep_others };
    account_settings::change_password(&state.accounts, &current, change, &device).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes the account
///
/// Also deletes everything that belongs to the account. This can't be undone. Send the password, if the account has
/// one (otherwise the login must be less than 15 minutes old), and a code if two-step login is on. A guest sends
/// nothing.
#[utoipa::path(
    delete, path = "/api/account", operation_id = "delete_account", tag = "Account", security(("access_token" = [])),
    request_body = Option<Proof>,
    responses((status = 204, description = "Deleted."), Forbidden, WithBody, Validation, TooMany, Always)
)]
pub(super) async fn delete(
    State(state): State<AppState>,
    current: CurrentUser,
    device: Device,
    OptionalJsonBody(Proof { password, code }): OptionalJsonBody<Proof>,
) -> Result<StatusCode, ServiceError> {
    account_settings::delete(&state.accounts, &current, password, code.as_deref(), &device).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Creates the secret of a second factor
///
/// For an authenticator app (RFC 6238). Two-step login is off until a code of the app has confirmed the secret. Send
/// the password, if the account has one; otherwise the login must be less than 15 minutes old.
#[utoipa::path(
    post, path = "/api/account/second_factor", operation_id = "prepare_second_factor", tag = "Account", security(("access_token" = [])),
    request_body = Option<Proof>,
    responses((status = 200, description = "The secret. It is returned only once.", body = PreparedSecondFactor), Forbidden, WithBody, Validation, TooMany, Always)
)]
pub(super) async fn prepare_second_factor(
    State(state): State<AppState>,
    current: CurrentUser,
    device: Device,
    OptionalJsonBody(Proof { password, .. }): OptionalJsonBody<Proof>,
) -> Result<Json<PreparedSecondFactor>, ServiceError> {
    let user = require_password(&state, &current, password, &device).await?;
    let secret = totp::prepare(&state.accounts, &user).await?;
    let qr = qr_code::draw(&secret.url)?;
    Ok(Json(PreparedSecondFactor { key: secret.base32, address: secret.url, qr }))
}

/// Switches two-step login on
///
/// With a code of the authenticator app that has the secret. Also send the password, if the account has one;
/// otherwise the login must be less than 15 minutes old.
#[utoipa::path(
    put, path = "/api/account/second_factor", operation_id = "enable_second_factor", tag = "Account", security(("access_token" = [])),
    request_body = SecondFactorCode,
    responses((status = 200, description = "Two-step login is on. The recovery codes are returned only once.", body = RecoveryCodes), Forbidden, WithBody, Validation, TooMany, Always)
)]
pub(super) async fn enable_second_factor(
    State(state): State<AppState>,
    current: CurrentUser,
    device: Device,
    JsonBody(SecondFactorCode { code, password }): JsonBody<SecondFactorCode>,
) -> Result<Json<RecoveryCodes>, ServiceError> {
    let user = require_password(&state, &current, password, &device).await?;
    let device = device.in_session(current.session_id());
    let codes = totp::enable(&state.accounts, &user, &code, &device).await?;
    Ok(Json(RecoveryCodes { recovery_codes: codes.0 }))
}

/// Switches two-step login off
///
/// Send the password, if the account has one (otherwise the login must be less than 15 minutes old), and a code of
/// the authenticator app or a recovery code.
#[utoipa::path(
    delete, path = "/api/account/second_factor", operation_id = "disable_second_factor", tag = "Account", security(("access_token" = [])),
    request_body = Option<Proof>,
    responses((status = 204, description = "Two-step login is off."), Forbidden, WithBody, Validation, TooMany, Always)
)]
pub(super) async fn disable_second_factor(
    State(state): State<AppState>,
    current: CurrentUser,
    device: Device,
    OptionalJsonBody(Proof { password, code }): OptionalJsonBody<Proof>,
) -> Result<StatusCode, ServiceError> {
    let device = device.in_session(current.session_id());
    let user = require_password(&state, &current, password, &device).await?;
    totp::disable(&state.accounts, &current, &user, code.as_deref(), &device).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Creates new recovery codes
///
/// The previous codes stop working. Send the password, if the account has one (otherwise the login must be less than
/// 15 minutes old), and a code of the authenticator app or a recovery code.
#[utoipa::path(
    post, path = "/api/account/recovery_codes", operation_id = "renew_recovery_codes", tag = "Account", security(("access_token" = [])),
    request_body = Option<Proof>,
    responses((status = 200, description = "The codes. They are returned only once.", body = RecoveryCodes), Forbidden, WithBody, Validation, TooMany, Always)
)]
pub(super) async fn renew_recovery_codes(
    State(state): State<AppState>,
    current: CurrentUser,
    device: Device,
    OptionalJsonBody(Proof { password, code }): OptionalJsonBody<Proof>,
) -> Result<Json<RecoveryCodes>, ServiceError> {
    let device = device.in_session(current.session_id());
    let user = require_password(&state, &current, password, &device).await?;
    let codes = recovery_codes::renew(&state.accounts, &user, code.as_deref(), &device).await?;
    Ok(Json(RecoveryCodes { recovery_codes: codes.0 }))
}

/// Returns the account of the current user, if it is not a guest account and the request has its password.
///
/// # Errors
/// `guest_account`, and those of [`reauthentication::require_password`].
async fn require_password(
    state: &AppState,
    current: &CurrentUser,
    password: Option<Password>,
    device: &Device,
) -> Result<UserRow, ServiceError> {
    let accounts = &state.accounts;
    let user = reauthentication::require_registered(accounts, current).await?;
    reauthentication::require_password(accounts, current, &user, password, "password", device)
        .await?;
    Ok(user)
}
