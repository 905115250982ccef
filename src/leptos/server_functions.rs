//! The cookie API: the server functions under `/auth`.
//!
//! Functions that require an access token name `client = AuthClient`, which sends them through the interceptor.
//! The others name `PublicClient`, which sends the request without a token.

use crate::{
    client::{AuthClient, PublicClient},
    codec::StrictJson,
};
use handstamp_protocol::{
    error::AppError,
    types::{BrowserTokens, LinkDetails, LinkToken, Password, Strength},
};
use leptos::{prelude::*, server_fn::codec::Json};

/// Creates an account and logs in to it.
///
/// # Errors
/// `validation`, `rate_limited`, `unavailable`.
#[server(prefix = "/auth", endpoint = "sign_up", input = StrictJson, output = Json, client = PublicClient)]
pub async fn sign_up(
    username: String,
    email: String,
    password: Password,
) -> Result<BrowserTokens, AppError> {
    use crate::auth_request::AuthRequest;
    use handstamp_server::{accounts::sign_up, identity::Registration};
    let request = AuthRequest::from_context()?;
    let registration = Registration::parse(&username, &email, password)?;
    let browser = request.bind_to_browser()?;
    let tokens =
        sign_up::sign_up(&request.state.accounts, registration, &browser, request.device()).await?;
    Ok(request.start_session(tokens).await)
}

/// Creates a guest account and logs in to it; in demo mode only.
///
/// # Errors
/// `not_found` if the demo is off, `rate_limited`.
#[server(prefix = "/auth", endpoint = "try_it", input = StrictJson, output = Json, client = PublicClient)]
pub async fn try_it() -> Result<BrowserTokens, AppError> {
    use crate::auth_request::AuthRequest;
    use handstamp_server::accounts::sign_up;
    let request = AuthRequest::from_context()?;
    Ok(request
        .start_session(sign_up::sign_up_guest(&request.state.accounts, request.device()).await?)
        .await)
}

/// Turns the guest account of the user into an account that stays. The session goes on.
///
/// # Errors
/// `validation`, `bad_request` if the account is no guest account, `rate_limited`, and the errors of an access token.
#[server(prefix = "/auth", endpoint = "register_guest", input = StrictJson, output = Json, client = AuthClient)]
pub async fn register_guest(
    username: String,
    email: String,
    password: Password,
) -> Result<(), AppError> {
    use crate::auth_request::AuthRequest;
    use handstamp_server::{accounts::guest_registration, identity::Registration};
    let request = AuthRequest::from_context()?;
    let who = request.authenticated()?;
    let registration = Registration::parse(&username, &email, password)?;
    let browser = request.bind_to_browser()?;
    let (accounts, device) = (&request.state.accounts, request.device());
    Ok(guest_registration::register(accounts, &who, registration, Some(&browser), &device).await?)
}

/// Logs in with a user name or an e-mail address, a password, and a code if two-step login is on.
///
/// # Errors
/// `invalid_credentials`, `second_factor_required`, `second_factor_invalid`, `rate_limited`, `unavailable`.
#[server(prefix = "/auth", endpoint = "log_in", input = StrictJson, output = Json, client = PublicClient)]
pub async fn log_in(
    username: String,
    password: Password,
    #[server(default)] code: Option<String>,
) -> Result<BrowserTokens, AppError> {
    use crate::auth_request::AuthRequest;
    use handstamp_server::accounts::login;
    let request = AuthRequest::from_context()?;
    let (code, device) = (code.as_deref(), request.device());
    Ok(request
        .start_session(
            login::log_in(&request.state.accounts, &username, password, code, device).await?,
        )
        .await)
}

/// Refreshes with the refresh token of the cookie, and sets the cookie if the token rotates.
///
/// A page that starts doesn't know whether the user is logged in. It sends `if_any`: a request without a refresh
/// token then returns `null` instead of an error.
///
/// The client never calls this through [`AuthClient`]: see `client/refresh.rs`.
///
/// # Errors
/// `refresh_token_missing`, `refresh_token_invalid`, and the codes of the state table. If the session has ended, the
/// cookie is cleared.
#[server(prefix = "/auth", endpoint = "refresh", input = StrictJson, output = Json, client = PublicClient)]
pub async fn refresh(#[server(default)] if_any: bool) -> Result<Option<BrowserTokens>, AppError> {
    use crate::auth_request::AuthRequest;
    let request = AuthRequest::from_context()?;
    if if_any && !request.jar().has_refresh_token() {
        return Ok(None);
    }
    Ok(Some(request.respond_with_tokens(request.refresh().await?)))
}

/// Ends this session. Also succeeds if there was none.
///
/// # Errors
/// `unavailable` if the database can't be used: the session is still active then.
#[server(prefix = "/auth", endpoint = "log_out", input = StrictJson, output = Json, client = PublicClient)]
pub async fn log_out() -> Result<(), AppError> {
    use crate::auth_request::AuthRequest;
    let request = AuthRequest::from_context()?;
    request.log_out().await?;
    request.clear_site_data();
    // Clears it here too, because the page may be closed before it could.
    request.clear_pending_logout();
    Ok(())
}

/// Ends all sessions of the user, including this one.
///
/// # Errors
/// `access_token_missing`, `access_token_invalid`, `access_token_expired`, `session_revoked`, `unavailable`.
#[server(prefix = "/auth", endpoint = "log_out_everywhere", input = StrictJson, output = Json, client = AuthClient)]
pub async fn log_out_everywhere() -> Result<(), AppError> {
    use crate::auth_request::AuthRequest;
    use handstamp_server::accounts::sessions;
    let request = AuthRequest::from_context()?;
    let who = request.authenticated()?;
    sessions::log_out_everywhere(&request.state.accounts, &who, &request.device()).await?;
    request.clear_session();
    request.clear_site_data();
    Ok(())
}

/// Sends a link that logs in. It works once, for ten minutes, in the browser that requested it.
///
/// # Errors
/// `validation` for an invalid address, `rate_limited`. No error reveals whether there is an account.
#[server(prefix = "/auth", endpoint = "send_magic_link", input = StrictJson, output = Json, client = PublicClient)]
pub async fn send_magic_link(email: String) -> Result<(), AppError> {
    use crate::auth_request::AuthRequest;
    use handstamp_server::accounts::email_link::{flows, token::Purpose};
    let request = AuthRequest::from_context()?;
    let browser = request.bind_to_browser()?;
    let (purpose, device) = (Purpose::LogIn, request.device());
    Ok(flows::send_to_address(&request.state.accounts, purpose, &email, Some(&browser), &device)
        .await?)
}

/// Logs in with the token of a link, and a code if two-step login is on.
///
/// # Errors
/// `link_invalid`, `link_expired`, `link_used`, `link_of_another_browser`,
/// `second_factor_required`, `second_factor_invalid`.
#[server(prefix = "/auth", endpoint = "redeem_magic_link", input = StrictJson, output = Json, client = PublicClient)]
pub async fn redeem_magic_link(
    token: LinkToken,
    #[server(default)] code: Option<String>,
) -> Result<BrowserTokens, AppError> {
    use crate::auth_request::AuthRequest;
    use handstamp_server::accounts::email_link::flows;
    let request = AuthRequest::from_context()?;
    let (jar, device) = (request.jar(), request.device());
    let (token, code) = (token.expose_secret(), code.as_deref());
    Ok(request
        .start_session(
            flows::log_in(&request.state.accounts, token, code, jar.link_request(), device).await?,
        )
        .await)
}

/// Sends a link that sets a new password.
///
/// # Errors
/// `validation` for an invalid address, `rate_limited`. No error reveals whether there is an account.
#[server(prefix = "/auth", endpoint = "send_password_reset", input = StrictJson, output = Json, client = PublicClient)]
pub async fn send_password_reset(email: String) -> Result<(), AppError> {
    use crate::auth_request::AuthRequest;
    use handstamp_server::accounts::email_link::{flows, token::Purpose};
    let request = AuthRequest::from_context()?;
    let purpose = Purpose::ResetPassword;
    Ok(flows::send_to_address(&request.state.accounts, purpose, &email, None, &request.device())
        .await?)
}

/// Sets a new password with the token of a link, and ends all sessions.
///
/// # Errors
/// `link_invalid`, `link_expired`, `link_used`, `validation` for a bad password.
#[server(prefix = "/auth", endpoint = "reset_password", input = StrictJson, output = Json, client = PublicClient)]
pub async fn reset_password(token: LinkToken, password: Password) -> Result<(), AppError> {
    use crate::auth_request::AuthRequest;
    use handstamp_server::accounts::email_link::password_reset;
    let request = AuthRequest::from_context()?;
    let (accounts, device) = (&request.state.accounts, request.device());
    Ok(password_reset::reset_password(accounts, token.expose_secret(), password, &device).await?)
}

/// Confirms an e-mail address with the token of a link. Also requires one of: the browser that signed up, a browser
/// that is logged in to the account, or the password.
///
/// # Errors
/// `confirmation_required` without any of them, `link_invalid`, `link_expired`, `link_used`, `validation` if another
/// account has the address.
#[server(prefix = "/auth", endpoint = "confirm_email", input = StrictJson, output = Json, client = PublicClient)]
pub async fn confirm_email(
    token: LinkToken,
    #[server(default)] password: Option<Password>,
) -> Result<(), AppError> {
    use crate::auth_request::AuthRequest;
    use handstamp_server::accounts::email_confirmation::{self, Evidence};
    let request = AuthRequest::from_context()?;
    let evidence = Evidence { password, ..request.link_evidence() };
    let (accounts, device) = (&request.state.accounts, request.device());
    Ok(email_confirmation::confirm(accounts, token.expose_secret(), evidence, &device).await?)
}

/// Checks a link when its page is opened, and returns what it is for. Does not consume it. `page` is the first path
/// segment of the page.
///
/// # Errors
/// `link_invalid`, `link_expired`, `link_used`, `link_of_another_browser`, `rate_limited`.
#[server(prefix = "/auth", endpoint = "check_link", input = StrictJson, output = Json, client = PublicClient)]
pub async fn check_link(page: String, token: LinkToken) -> Result<LinkDetails, AppError> {
    use crate::auth_request::AuthRequest;
    use handstamp_server::accounts::email_link::arrival;
    let request = AuthRequest::from_context()?;
    let (accounts, device) = (&request.state.accounts, request.device());
    let (token, evidence) = (token.expose_secret(), request.link_evidence());
    Ok(arrival::check(accounts, &page, token, evidence, &device).await?)
}

/// Switches two-step login off with the link of the e-mail that announced it, and ends all sessions.
///
/// # Errors
/// `link_invalid`, `link_expired`, `link_used`.
#[server(prefix = "/auth", endpoint = "end_second_factor", input = StrictJson, output = Json, client = PublicClient)]
pub async fn end_second_factor(token: LinkToken) -> Result<(), AppError> {
    use crate::auth_request::AuthRequest;
    use handstamp_server::accounts::totp;
    let request = AuthRequest::from_context()?;
    Ok(totp::undo(&request.state.accounts, token.expose_secret(), &request.device()).await?)
}

/// Estimates the strength of a password while it is typed. `own` are words that an attacker would try for this user.
///
/// # Errors
/// `unavailable` if too many passwords are being estimated.
#[server(prefix = "/auth", endpoint = "password_strength", input = StrictJson, output = Json, client = PublicClient)]
pub async fn password_strength(
    password: Password,
    #[server(default)] own: Vec<String>,
) -> Result<Strength, AppError> {
    use crate::auth_request::AuthRequest;
    use handstamp_server::accounts::password_strength;
    let request = AuthRequest::from_context()?;
    Ok(password_strength::measure_typed(
        &request.state.accounts,
        &password,
        &own,
        &request.device(),
    )
    .await?)
}

/// Unlocks the outbox of a demo for this browser, with the key that the server printed when it started.
///
/// # Errors
/// `outbox_locked` for a wrong key, `not_found` without an outbox.
#[server(prefix = "/auth", endpoint = "open_outbox", input = StrictJson, output = Json, client = PublicClient)]
pub async fn open_outbox(key: String) -> Result<(), AppError> {
    use crate::auth_request::AuthRequest;
    Ok(AuthRequest::from_context()?.open_outbox(&key)?)
}

#[cfg(test)]
mod tests {
    use super::{LogOut, Refresh};
    use handstamp_protocol::paths;
    use leptos::server_fn::ServerFn;

    /// The client sends these two requests itself.
    #[test]
    fn the_client_knows_the_paths_of_refresh_and_log_out() {
        assert_eq!(<Refresh as ServerFn>::PATH, paths::REFRESH_FUNCTION);
        assert_eq!(<LogOut as ServerFn>::PATH, paths::LOG_OUT_FUNCTION);
    }
}
