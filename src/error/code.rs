//! The codes of all errors, each with its status and its words.

use serde::{Deserialize, Serialize};

/// What went wrong, as a word that programs can rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// `401`: the request carries no access token.
    AccessTokenMissing,
    /// `401`: the access token is malformed, forged, of another type or for another audience.
    AccessTokenInvalid,
    /// `401` (or `403` where the server is set so): the access token was good, and is over.
    AccessTokenExpired,
    /// `401`: the session behind a token was ended.
    SessionRevoked,
    /// `401`: unknown user or wrong password, which look alike.
    InvalidCredentials,
    /// `401`: the password is right, and a code of the second factor is wanted too.
    SecondFactorRequired,
    /// `401`: the code of the second factor is wrong, or was used already.
    SecondFactorInvalid,
    /// `403`: the login is too long ago for this; show again who you are.
    ConfirmationRequired,
    /// `403`: a guest account can't do this.
    GuestAccount,
    /// `403`: the mail of a demo is for the person who started the server.
    OutboxLocked,
    /// `400`: the link is not one of ours, or not all of it.
    LinkInvalid,
    /// `410`: the link is too old.
    LinkExpired,
    /// `410`: the link was used.
    LinkUsed,
    /// `403`: the link was asked for in another browser.
    LinkOfAnotherBrowser,
    /// `401`: there is no refresh token.
    RefreshTokenMissing,
    /// `401`: the refresh token is not one of ours.
    RefreshTokenInvalid,
    /// `401`: a spent refresh token came back; its session is over.
    RefreshTokenReused,
    /// `401`: the session reached its end.
    SessionExpired,
    /// `409`: another refresh was faster twice in a row; try again with the token you hold now.
    RefreshConflict,
    /// `409`: a straggler's token; newer ones are on their way to you.
    RefreshSuperseded,
    /// `400`: a token stood in the query string.
    TokenInQuery,
    /// `422`: fields that say what is wrong with them.
    Validation,
    /// `400`: the body can't be read (`413` if it is larger than 64 KiB, `415` if it is not JSON by its
    /// content type).
    BadRequest,
    /// `429`: too many tries; says when to come back.
    RateLimited,
    /// `403`: another site's page sent this.
    CrossSite,
    /// `404`.
    NotFound,
    /// `405`.
    MethodNotAllowed,
    /// `500`: details stand in the server's log under the request id.
    Internal,
    /// `503`: the server can't answer now; says when to come back.
    Unavailable,
    /// Made by the client: the server could not be reached.
    Offline,
    /// Made by the client: a server in front of this one asks for a login of its own.
    ProxyLogin,
}

impl ErrorCode {
    /// The HTTP status; `0` for what never was an HTTP answer.
    pub fn status(self) -> u16 {
        self.answer().0
    }

    /// Whether the request has not reached the server: there was no answer, or a proxy gave it.
    pub fn is_unreached(self) -> bool {
        matches!(self, Self::Offline | Self::ProxyLogin)
    }

    /// The status, the title, and what is said where there is nothing better to say.
    #[expect(clippy::too_many_lines, reason = "a table")]
    pub(crate) fn answer(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::AccessTokenMissing => {
                (401, "Access token missing", "Send an access token in the Authorization header.")
            }
            Self::AccessTokenInvalid => {
                (401, "Access token invalid", "The access token is invalid.")
            }
            Self::AccessTokenExpired => (401, "Access token expired", "The access token expired."),
            Self::SessionRevoked => (401, "Session ended", "This session was ended."),
            Self::InvalidCredentials => {
                (401, "Wrong user name or password", "The user name or the password is wrong.")
            }
            Self::SecondFactorRequired => {
                (401, "Second factor required", "Enter the code that your authenticator app shows.")
            }
            Self::SecondFactorInvalid => (
                401,
                "Second factor wrong",
                "This code is wrong or was used already. Wait for the next one.",
            ),
            Self::ConfirmationRequired => {
                (403, "Confirmation required", "Please confirm that it is you first.")
            }
            Self::GuestAccount => (
                403,
                "Guest account",
                "A guest account can't do this. Sign up for an account of your own.",
            ),
            Self::OutboxLocked => (
                403,
                "Outbox locked",
                "This mail is for the person who started the server. Open the URL that the server printed in its \
                 terminal: it ends with /outbox# and a key.",
            ),
            Self::LinkInvalid => (
                400,
                "Link invalid",
                "This link is not whole, or not one of ours. Copy all of it, or ask for a new one.",
            ),
            Self::LinkExpired => {
                (410, "Link expired", "This link is too old. Please ask for a new one.")
            }
            Self::LinkUsed => {
                (410, "Link used", "This link was used already. Please ask for a new one.")
            }
            Self::LinkOfAnotherBrowser => (
                403,
                "Link of another browser",
                "This link works only in the browser in which it was asked for. \
                 Open it there, or ask for a new one here.",
            ),
            Self::RefreshTokenMissing => (401, "Refresh token missing", "You are not logged in."),
            Self::RefreshTokenInvalid => {
                (401, "Refresh token invalid", "The refresh token is invalid. Please log in again.")
            }
            Self::RefreshTokenReused => (
                401,
                "Refresh token used again",
                "We ended this session because an old refresh token was used again.",
            ),
            Self::SessionExpired => {
                (401, "Session expired", "Your session reached its end. Please log in again.")
            }
            Self::RefreshConflict => (
                409,
                "Refresh conflict",
                "Another refresh was faster. Try again with your newest token.",
            ),
            Self::RefreshSuperseded => (
                409,
                "Refresh superseded",
                "A newer token was issued. Try again with your newest token.",
            ),
            Self::TokenInQuery => (
                400,
                "Token in the address",
                "Tokens never go into an address. This one should be revoked.",
            ),
            Self::Validation => {
                (422, "Some fields need attention", "Please correct the marked fields.")
            }
            Self::BadRequest => (400, "Bad request", "The request could not be understood."),
            Self::RateLimited => (429, "Too many tries", "Too many tries. Please wait a moment."),
            Self::CrossSite => (
                403,
                "Cross-site request",
                "This page was opened at another address than the site's own, and such requests are refused. \
                 Open the page at the site's own address.",
            ),
            Self::NotFound => (404, "Not found", "There is nothing at this address."),
            Self::MethodNotAllowed => {
                (405, "Method not allowed", "This address does not answer to that method.")
            }
            Self::Internal => (500, "Server error", "Something went wrong on the server."),
            Self::Unavailable => {
                (503, "Unavailable", "The server can't answer right now. Please try again.")
            }
            Self::Offline => (0, "Offline", "The server is out of reach."),
            Self::ProxyLogin => (
                0,
                "Login at a proxy",
                "A server in front of this site asks for a login of its own. Load the page again, and log in there.",
            ),
        }
    }

    /// What is said before the time to wait, if an answer of this code may name one.
    pub(super) fn before_a_wait(self) -> Option<&'static str> {
        match self {
            Self::RateLimited => Some("Too many tries."),
            Self::Unavailable => Some("The server can't answer right now."),
            _ => None,
        }
    }

    /// The code as it is written.
    pub(crate) fn word(self) -> String {
        serde_json::to_value(self)
            .ok()
            .and_then(|word| word.as_str().map(str::to_owned))
            .unwrap_or_default()
    }
}
