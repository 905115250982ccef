//! The `/auth` server functions: parse, call, answer. The browser door.
//!
//! Those that an access token guards name `client = AuthClient`: that one word puts the interceptor
//! between the caller and the server. The others name `PublicClient`, which sends the bare request.

use super::{
    client::{AuthClient, PublicClient},
    codec::StrictJson,
};
use crate::protocol::{
    error::AppError,
    types::{BrowserTokens, LinkToken, Password, Strength},
};
use leptos::{prelude::*, server_fn::codec::Json};

/// Makes an account and logs in to it.
///
/// # Errors
/// `validation`, `rate_limited`, `unavailable`.
#[server(prefix = "/auth", endpoint = "sign_up", input = StrictJson, output = Json, client = PublicClient)]
pub async fn sign_up(
    username: String,
    email: String,
    password: Password,
) -> Result<BrowserTokens, AppError> {
    use super::server::{
        accounts::{identity::Registration, login},
        http::cookie_api::AuthRequest,
    };
    let door = AuthRequest::open()?;
    let registration = Registration::parse(&username, &email, password)?;
    let browser = door.bind_to_browser()?;
    let grant = login::sign_up(&door.state, registration, &browser, door.device()).await?;
    Ok(door.begin(grant).await)
}

/// Makes a guest account of its own and logs in to it; in demo mode only.
///
/// # Errors
/// `not_found` where the demo is off, `rate_limited`.
#[server(prefix = "/auth", endpoint = "try_it", input = StrictJson, output = Json, client = PublicClient)]
pub async fn try_it() -> Result<BrowserTokens, AppError> {
    use super::server::{accounts::login, http::cookie_api::AuthRequest};
    let door = AuthRequest::open()?;
    Ok(door.begin(login::sign_up_guest(&door.state, door.device()).await?).await)
}

/// Logs in with a user name or an e-mail address, a password, and a code where there is a second factor.
///
/// # Errors
/// `invalid_credentials`, `second_factor_required`, `second_factor_invalid`, `rate_limited`, `unavailable`.
#[server(prefix = "/auth", endpoint = "log_in", input = StrictJson, output = Json, client = PublicClient)]
pub async fn log_in(
    username: String,
    password: Password,
    #[server(default)] code: Option<String>,
) -> Result<BrowserTokens, AppError> {
    use super::server::{accounts::login, http::cookie_api::AuthRequest};
    let door = AuthRequest::open()?;
    let (code, device) = (code.as_deref(), door.device());
    Ok(door.begin(login::log_in(&door.state, &username, password, code, device).await?).await)
}

/// Refreshes: the refresh token comes in its cookie, and goes back in it when it rotates.
///
/// A page that begins can't know whether anybody is logged in. It asks `if_any`, and where no token comes the
/// answer is `null`; without it that is an error.
///
/// The client never calls this through [`AuthClient`]: see `client/refresh.rs`.
///
/// # Errors
/// Those of the state table. Where the session is over, the cookie is cleared.
#[server(prefix = "/auth", endpoint = "refresh", input = StrictJson, output = Json, client = PublicClient)]
pub async fn refresh(#[server(default)] if_any: bool) -> Result<Option<BrowserTokens>, AppError> {
    use super::server::http::cookie_api::AuthRequest;
    let door = AuthRequest::open()?;
    if if_any && !door.jar().has_refresh_token() {
        return Ok(None);
    }
    Ok(Some(door.grant(door.refresh().await?)))
}

/// Ends this session. Also a success when there was none.
///
/// # Errors
/// `unavailable` while the database can't answer: the session is still running then.
#[server(prefix = "/auth", endpoint = "log_out", input = StrictJson, output = Json, client = PublicClient)]
pub async fn log_out() -> Result<(), AppError> {
    use super::server::http::cookie_api::AuthRequest;
    let door = AuthRequest::open()?;
    door.log_out().await?;
    door.clear_site_data();
    // The page may be gone by now, and could not do it.
    door.forget_logout();
    Ok(())
}

/// Ends every session of the person who asks, this one too.
///
/// # Errors
/// Those of the guard.
#[server(prefix = "/auth", endpoint = "log_out_everywhere", input = StrictJson, output = Json, client = AuthClient)]
pub async fn log_out_everywhere() -> Result<(), AppError> {
    use super::server::{accounts::sessions, http::cookie_api::AuthRequest};
    let door = AuthRequest::open()?;
    let who = door.authenticated()?;
    sessions::log_out_everywhere(&door.state, &who, &door.device()).await?;
    door.clear_session();
    door.clear_site_data();
    Ok(())
}

/// Sends a link that logs in, to any address. It works in the browser that asks, once, for ten minutes.
///
/// # Errors
/// `validation` for what is no address, `rate_limited`. Never whether there is an account.
#[server(prefix = "/auth", endpoint = "send_magic_link", input = StrictJson, output = Json, client = PublicClient)]
pub async fn send_magic_link(email: String) -> Result<(), AppError> {
    use super::server::{
        accounts::email_link::{flows, token::Purpose},
        http::cookie_api::AuthRequest,
    };
    let door = AuthRequest::open()?;
    let browser = door.bind_to_browser()?;
    let (purpose, device) = (Purpose::LogIn, door.device());
    Ok(flows::send_to_address(&door.state, purpose, &email, Some(&browser), &device).await?)
}

/// Logs in with the token of a link, and a code where there is a second factor.
///
/// # Errors
/// `link_invalid`, `link_expired`, `link_used`, `link_of_another_browser`, those of the second factor.
#[server(prefix = "/auth", endpoint = "redeem_magic_link", input = StrictJson, output = Json, client = PublicClient)]
pub async fn redeem_magic_link(
    token: LinkToken,
    #[server(default)] code: Option<String>,
) -> Result<BrowserTokens, AppError> {
    use super::server::{accounts::email_link::flows, http::cookie_api::AuthRequest};
    let door = AuthRequest::open()?;
    let (jar, device) = (door.jar(), door.device());
    let (token, code) = (token.expose_secret(), code.as_deref());
    Ok(door.begin(flows::log_in(&door.state, token, code, jar.asked(), device).await?).await)
}

/// Sends a link that sets a new password, to any address.
///
/// # Errors
/// `validation` for what is no address, `rate_limited`. Never whether there is an account.
#[server(prefix = "/auth", endpoint = "send_password_reset", input = StrictJson, output = Json, client = PublicClient)]
pub async fn send_password_reset(email: String) -> Result<(), AppError> {
    use super::server::{
        accounts::email_link::{flows, token::Purpose},
        http::cookie_api::AuthRequest,
    };
    let door = AuthRequest::open()?;
    let purpose = Purpose::ResetPassword;
    Ok(flows::send_to_address(&door.state, purpose, &email, None, &door.device()).await?)
}

/// Sets a new password with the token of a link, and ends all sessions.
///
/// # Errors
/// `link_invalid`, `link_expired`, `link_used`, `validation` for a bad password.
#[server(prefix = "/auth", endpoint = "reset_password", input = StrictJson, output = Json, client = PublicClient)]
pub async fn reset_password(token: LinkToken, password: Password) -> Result<(), AppError> {
    use super::server::{accounts::email_link::password_reset, http::cookie_api::AuthRequest};
    let door = AuthRequest::open()?;
    Ok(password_reset::reset_password(&door.state, token.expose_secret(), password, &door.device())
        .await?)
}

/// Confirms an e-mail address with the token of a link, in the browser that signed up, in one that is logged in to
/// the account, or with the password of the account.
///
/// # Errors
/// `confirmation_required` without any of them, `link_invalid`, `link_expired`, `link_used`, `validation` if another account has the address.
#[server(prefix = "/auth", endpoint = "confirm_email", input = StrictJson, output = Json, client = PublicClient)]
pub async fn confirm_email(
    token: LinkToken,
    #[server(default)] password: Option<Password>,
) -> Result<(), AppError> {
    use super::server::{
        accounts::email_confirmation::{self, Shown},
        http::cookie_api::AuthRequest,
    };
    let door = AuthRequest::open()?;
    let (browser, session) = (door.jar().asked(), door.jar().session());
    // A page of a sibling domain can add a token, and not the cookie that names its session.
    let own = door.refresh_token().ok().filter(|token| session == Some(token.session()));
    let shown = Shown { password, browser, refresh_token: own };
    Ok(email_confirmation::confirm(&door.state, token.expose_secret(), shown, &door.device())
        .await?)
}

/// Switches off a second factor with the link of the letter that told of it, and ends all sessions.
///
/// # Errors
/// `link_invalid`, `link_expired`, `link_used`.
#[server(prefix = "/auth", endpoint = "end_second_factor", input = StrictJson, output = Json, client = PublicClient)]
pub async fn end_second_factor(token: LinkToken) -> Result<(), AppError> {
    use super::server::{accounts::totp, http::cookie_api::AuthRequest};
    let door = AuthRequest::open()?;
    Ok(totp::undo(&door.state, token.expose_secret(), &door.device()).await?)
}

/// Measures a password that is being typed; `own` are words that belong to the person.
///
/// # Errors
/// `unavailable` while too many are measured.
#[server(prefix = "/auth", endpoint = "password_strength", input = StrictJson, output = Json, client = PublicClient)]
pub async fn password_strength(
    password: Password,
    #[server(default)] own: Vec<String>,
) -> Result<Strength, AppError> {
    use super::server::{accounts::password_strength, http::cookie_api::AuthRequest};
    let door = AuthRequest::open()?;
    Ok(password_strength::measure_typed(&door.state, &password, &own, &door.device()).await?)
}

/// Opens the outbox of a demo for this browser, with the key that the server printed when it started.
///
/// # Errors
/// `outbox_locked` for a wrong key, `not_found` without an outbox.
#[server(prefix = "/auth", endpoint = "open_outbox", input = StrictJson, output = Json, client = PublicClient)]
pub async fn open_outbox(key: String) -> Result<(), AppError> {
    use super::server::http::cookie_api::AuthRequest;
    Ok(AuthRequest::open()?.open_outbox(&key)?)
}
