//! The error codes, each with its status, title and default detail.

use super::wait::in_words;
use serde::{Deserialize, Serialize};

/// What went wrong. Programs rely on the code, not on the sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// `401`: the request carries no access token.
    AccessTokenMissing,
    /// `401`: the access token is malformed, forged, of another type or for another audience.
    AccessTokenInvalid,
    /// `401`, or `403` if `HANDSTAMP_EXPIRED_STATUS` says so: the access token has expired.
    AccessTokenExpired,
    /// `401`: the session behind a token was ended.
    SessionRevoked,
    /// `401`: unknown user or wrong password, with the same response.
    InvalidCredentials,
    /// `401`: the password is correct, and a code of the second factor is required.
    SecondFactorRequired,
    /// `401`: the code of the second factor is wrong, or was used already.
    SecondFactorInvalid,
    /// `403`: the login is too long ago for this request, which requires reauthentication.
    ConfirmationRequired,
    /// `403`: a guest account can't do this.
    GuestAccount,
    /// `403`: the outbox of a demo is only for the operator.
    OutboxLocked,
    /// `400`: the link is unknown or incomplete.
    LinkInvalid,
    /// `410`: the link has expired.
    LinkExpired,
    /// `410`: the link was used before.
    LinkUsed,
    /// `403`: the link was requested in another browser.
    LinkOfAnotherBrowser,
    /// `401`: the request carries no refresh token.
    RefreshTokenMissing,
    /// `401`: the refresh token is malformed or forged.
    RefreshTokenInvalid,
    /// `401`: a rotated refresh token was presented again; the session is revoked.
    RefreshTokenReused,
    /// `401`: the session has expired.
    SessionExpired,
    /// `409`: other refreshes were faster twice in a row; retry with the current token.
    RefreshConflict,
    /// `409`: a late request with an older token; the client is about to receive a newer one.
    RefreshSuperseded,
    /// `400`: the query string contains a token.
    TokenInQuery,
    /// `422`: some fields are invalid; `errors` says why.
    Validation,
    /// `400`: the body can't be read (`413` if it is larger than 64 KiB, `415` if it is not JSON by its
    /// content type).
    BadRequest,
    /// `429`: too many attempts; `retry_after` says when to retry.
    RateLimited,
    /// `403`: the request was sent by a page of another site.
    CrossSite,
    /// `404`.
    NotFound,
    /// `405`.
    MethodNotAllowed,
    /// `500`: the details are in the server's log under the request id.
    Internal,
    /// `503`: the server can't respond now; `retry_after` says when to retry.
    Unavailable,
    /// Created by the client: the server could not be reached.
    Offline,
    /// Created by the client: a proxy in front of the server requires its own login.
    ProxyLogin,
}

/// The status, the title and the default detail of an error code.
#[derive(Debug, Clone, Copy)]
pub struct ErrorInfo {
    /// The HTTP status; `0` for an error that the client created.
    pub status: u16,
    /// A short summary.
    pub title: &'static str,
    /// The default explanation, used if there is no more specific one.
    pub detail: &'static str,
}

const fn info(status: u16, title: &'static str, detail: &'static str) -> ErrorInfo {
    ErrorInfo { status, title, detail }
}

impl ErrorCode {
    /// Returns the HTTP status, or `0` for an error that the client created.
    pub fn status(self) -> u16 {
        self.info().status
    }

    /// Returns whether the request did not reach the server, because there was no response or a proxy sent it.
    pub fn is_unreached(self) -> bool {
        matches!(self, Self::Offline | Self::ProxyLogin)
    }

    /// Returns the status, the title and the default detail.
    #[expect(clippy::too_many_lines, reason = "a table")]
    pub fn info(self) -> ErrorInfo {
        match self {
            Self::AccessTokenMissing => info(
                401,
                "Access token missing",
                "Send an access token in the Authorization header.",
            ),
            Self::AccessTokenInvalid => {
                info(401, "Access token invalid", "The access token is invalid.")
            }
            Self::AccessTokenExpired => {
                info(401, "Access token expired", "The access token expired.")
            }
            Self::SessionRevoked => info(401, "Session ended", "This session was ended."),
            Self::InvalidCredentials => {
                info(401, "Wrong username or password", "Wrong username or password.")
            }
            Self::SecondFactorRequired => info(
                401,
                "Second factor required",
                "Enter the 6-digit code from your authenticator app.",
            ),
            Self::SecondFactorInvalid => info(
                401,
                "Second factor wrong",
                "That code is wrong or already used. Check the current code in your app.",
            ),
            Self::ConfirmationRequired => {
                info(403, "Confirmation required", "Enter your password to continue.")
            }
            Self::GuestAccount => {
                info(403, "Guest account", "Guests can't do this. Create an account first.")
            }
            Self::OutboxLocked => info(
                403,
                "Outbox locked",
                "This mail is for the person who started the server. Open the URL that the server printed in its \
                 terminal: it ends with /outbox# and a key.",
            ),
            Self::LinkInvalid => info(
                400,
                "Link invalid",
                "This link is incomplete or invalid. Copy the whole link, or request a new one.",
            ),
            Self::LinkExpired => {
                info(410, "Link expired", "This link has expired. Request a new one.")
            }
            Self::LinkUsed => {
                info(410, "Link used", "This link has already been used. Request a new one.")
            }
            Self::LinkOfAnotherBrowser => info(
                403,
                "Link of another browser",
                "For your security, this link only works in the browser where you requested it. \
                 Open it there, or request a new one here.",
            ),
            Self::RefreshTokenMissing => {
                info(401, "Refresh token missing", "You are not logged in.")
            }
            Self::RefreshTokenInvalid => info(
                401,
                "Refresh token invalid",
                "The refresh token is invalid. Please log in again.",
            ),
            Self::RefreshTokenReused => info(
                401,
                "Refresh token used again",
                "We ended this session because an old copy of it was used.",
            ),
            Self::SessionExpired => {
                info(401, "Session expired", "Your session expired. Please log in again.")
            }
            Self::RefreshConflict => info(
                409,
                "Refresh conflict",
                "Another refresh was faster. Try again with your newest token.",
            ),
            Self::RefreshSuperseded => info(
                409,
                "Refresh superseded",
                "A newer token was issued. Try again with your newest token.",
            ),
            Self::TokenInQuery => info(
                400,
                "Token in the address",
                "Tokens never go into an address. This one should be revoked.",
            ),
            Self::Validation => {
                info(422, "Some fields need attention", "Please fix the highlighted fields.")
            }
            Self::BadRequest => info(400, "Bad request", "The request could not be understood."),
            Self::RateLimited => {
                info(429, "Too many attempts", "Too many attempts. Try again in a moment.")
            }
            Self::CrossSite => info(
                403,
                "Cross-site request",
                "This page was opened at another address than the site's own, and such requests are refused. \
                 Open the page at the site's own address.",
            ),
            Self::NotFound => info(404, "Not found", "There is nothing at this address."),
            Self::MethodNotAllowed => {
                info(405, "Method not allowed", "This address does not answer to that method.")
            }
            Self::Internal => info(500, "Server error", "Something went wrong on the server."),
            Self::Unavailable => {
                info(503, "Unavailable", "The server can't answer right now. Please try again.")
            }
            Self::Offline => info(0, "Offline", "Can't reach the server."),
            Self::ProxyLogin => info(
                0,
                "Login at a proxy",
                "A proxy in front of this site asks for its own login. Reload the page and log in there.",
            ),
        }
    }

    /// Returns the detail with the seconds to wait, for codes whose detail can include them.
    pub fn detail_with_wait(self, seconds: u32) -> Option<String> {
        let wait = in_words(seconds);
        match self {
            Self::RateLimited => Some(format!("Too many attempts. Try again in {wait}.")),
            Self::Unavailable => {
                Some(format!("The server can't answer right now. Try again in {wait}."))
            }
            _ => None,
        }
    }

    /// Returns the serialised code.
    pub fn name(self) -> String {
        serde_json::to_value(self)
            .ok()
            .and_then(|word| word.as_str().map(str::to_owned))
            .unwrap_or_default()
    }
}
