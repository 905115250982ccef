//! The error responses of the JSON API. Each is one entry of `components.responses`; the operations refer to it.

use crate::protocol::error::{AppError, ErrorCode};
use std::collections::BTreeMap;
use utoipa::{
    IntoResponses,
    openapi::{
        ContentBuilder, HeaderBuilder, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder, Type,
        example::ExampleBuilder,
    },
};

/// One error response.
struct Shared {
    name: &'static str,
    description: &'static str,
    header: Option<(&'static str, Type, &'static str, &'static str)>,
    /// An example of every code that comes with it.
    errors: fn() -> Vec<AppError>,
}

const CHALLENGE: Option<(&str, Type, &str, &str)> = Some((
    "WWW-Authenticate",
    Type::String,
    "`Bearer`, and `error=\"invalid_token\"` if the access token was refused (RFC 6750 §3). \
     `Handstamp realm=\"login\"` or `Handstamp realm=\"refresh\"` if what was refused came in the body.",
    r#"Bearer error="invalid_token", error_description="The access token expired""#,
));
const RETRY_AFTER: Option<(&str, Type, &str, &str)> =
    Some(("Retry-After", Type::Integer, "Seconds until the next attempt makes sense.", "1"));

fn of_codes<const N: usize>(codes: [ErrorCode; N]) -> Vec<AppError> {
    codes.into_iter().map(AppError::new).collect()
}

const BAD_REQUEST: Shared = Shared {
    name: "BadRequest",
    description: "The request can't be read (`bad_request`), or a token is in its address (`token_in_query`): \
        such a token should be revoked.",
    header: None,
    errors: || of_codes([ErrorCode::BadRequest, ErrorCode::TokenInQuery]),
};
const ACCESS_REFUSED: Shared = Shared {
    name: "AccessTokenRefused",
    description: "The access token is refused. Go by `code`. `access_token_expired`: refresh, then repeat the \
        request once. `access_token_missing`, `access_token_invalid`: refresh or log in. `session_revoked`: log in; \
        `reason` is absent here, a refresh tells it.",
    header: CHALLENGE,
    errors: || {
        of_codes([
            ErrorCode::AccessTokenExpired,
            ErrorCode::AccessTokenMissing,
            ErrorCode::AccessTokenInvalid,
            ErrorCode::SessionRevoked,
        ])
    },
};
const LOGIN_REFUSED: Shared = Shared {
    name: "LoginRefused",
    description: "The login is refused. Go by `code`. `invalid_credentials`: unknown user or wrong password. \
        `second_factor_required`: the password is right, send it again with a `code`. `second_factor_invalid`: the \
        code is wrong or was used already. A refresh changes nothing about any of them.",
    header: CHALLENGE,
    errors: || {
        of_codes([
            ErrorCode::InvalidCredentials,
            ErrorCode::SecondFactorRequired,
            ErrorCode::SecondFactorInvalid,
        ])
    },
};
const REFRESH_REFUSED: Shared = Shared {
    name: "RefreshRefused",
    description: "The refresh token is refused, and the user has to log in again. Go by `code`. \
        `refresh_token_missing`, `refresh_token_invalid`: it is no token of this server. `session_expired`: the \
        session reached its end. `session_revoked`: it was ended, `reason` says why. `refresh_token_reused`: the \
        token was spent before, and the session is revoked now.",
    header: CHALLENGE,
    errors: || {
        of_codes([
            ErrorCode::RefreshTokenReused,
            ErrorCode::RefreshTokenInvalid,
            ErrorCode::RefreshTokenMissing,
            ErrorCode::SessionExpired,
            ErrorCode::SessionRevoked,
        ])
    },
};
const CONFIRMATION_REFUSED: Shared = Shared {
    name: "ConfirmationRefused",
    description: "The access token or the code of the second factor is refused. Go by `code`. \
        `second_factor_required`, `second_factor_invalid`: send the password again with a `code`; a refresh changes \
        nothing. `access_token_expired`, `access_token_missing`, `access_token_invalid`, `session_revoked`: as for every \
        other operation.",
    header: CHALLENGE,
    errors: || {
        of_codes([
            ErrorCode::AccessTokenExpired,
            ErrorCode::AccessTokenMissing,
            ErrorCode::AccessTokenInvalid,
            ErrorCode::SessionRevoked,
            ErrorCode::SecondFactorRequired,
            ErrorCode::SecondFactorInvalid,
        ])
    },
};
const EXPIRED: Shared = Shared {
    name: "AccessTokenExpired",
    description: "`access_token_expired`, on a server with `HANDSTAMP_EXPIRED_STATUS=403`. Go by `code`, not by \
        the status.",
    header: CHALLENGE,
    errors: || vec![AppError { status: 403, ..AppError::new(ErrorCode::AccessTokenExpired) }],
};
const FORBIDDEN: Shared = Shared {
    name: "Forbidden",
    description: "Go by `code`, not by the status. `guest_account`: a guest can't do this; a refresh changes \
        nothing. `confirmation_required`: the login is more than 15 minutes old; send the password to \
        `/api/account/confirmation`, then repeat the request. `access_token_expired`: only on a server with \
        `HANDSTAMP_EXPIRED_STATUS=403`; refresh, then repeat the request once.",
    header: CHALLENGE,
    errors: || {
        let expired = AppError { status: 403, ..AppError::new(ErrorCode::AccessTokenExpired) };
        [of_codes([ErrorCode::GuestAccount, ErrorCode::ConfirmationRequired]), vec![expired]]
            .concat()
    },
};
const NOT_FOUND: Shared = Shared {
    name: "NotFound",
    description: "There is no such thing, or none that the user may see.",
    header: None,
    errors: || of_codes([ErrorCode::NotFound]),
};
const CONFLICT: Shared = Shared {
    name: "RefreshConflict",
    description: "Another refresh of this session was faster (`refresh_conflict`), or the token is an older one \
        whose successor is on its way to the client (`refresh_superseded`). Repeat with the newest refresh token that \
        the client holds.",
    header: None,
    errors: || of_codes([ErrorCode::RefreshConflict, ErrorCode::RefreshSuperseded]),
};
const TOO_LARGE: Shared = Shared {
    name: "TooLarge",
    description: "The body is larger than 64 KiB.",
    header: None,
    errors: || vec![AppError::too_large()],
};
const UNSUPPORTED: Shared = Shared {
    name: "UnsupportedMediaType",
    description: "The body has another content type than `application/json`, or a content coding.",
    header: None,
    errors: || {
        vec![AppError::unsupported(
            "The body has to be JSON, with the content type application/json.",
        )]
    },
};
const INVALID: Shared = Shared {
    name: "Validation",
    description: "A field is wrong; `errors` says which and why.",
    header: None,
    errors: || vec![AppError::field("username", "This user name is taken.")],
};
const LIMITED: Shared = Shared {
    name: "RateLimited",
    description: "Too many attempts; `retry_after` and `Retry-After` say how many seconds to wait.",
    header: RETRY_AFTER,
    errors: || vec![AppError::new(ErrorCode::RateLimited).retry_after(30)],
};
const INTERNAL: Shared = Shared {
    name: "Internal",
    description: "An error of the server; its log has the details under `request_id`.",
    header: None,
    errors: || vec![with_request_id(AppError::new(ErrorCode::Internal))],
};
const UNAVAILABLE: Shared = Shared {
    name: "Unavailable",
    description: "The server can't answer now. It ends no session: repeat the request later.",
    header: RETRY_AFTER,
    errors: || vec![with_request_id(AppError::new(ErrorCode::Unavailable).retry_after(1))],
};

const ALL: [Shared; 17] = [
    BAD_REQUEST,
    ACCESS_REFUSED,
    LOGIN_REFUSED,
    REFRESH_REFUSED,
    CONFIRMATION_REFUSED,
    EXPIRED,
    FORBIDDEN,
    NOT_FOUND,
    CONFLICT,
    TOO_LARGE,
    UNSUPPORTED,
    INVALID,
    LIMITED,
    INTERNAL,
    UNAVAILABLE,
    OUTBOX_ABSENT,
    OUTBOX_LOCKED,
];

const OUTBOX_LOCKED: Shared = Shared {
    name: "OutboxLocked",
    description: "The browser has not opened the URL that the server printed when it started (`outbox_locked`).",
    header: None,
    errors: || of_codes([ErrorCode::OutboxLocked]),
};
const OUTBOX_ABSENT: Shared = Shared {
    name: "NoOutbox",
    description: "There is no outbox here.",
    header: None,
    errors: || of_codes([ErrorCode::NotFound]),
};

fn with_request_id(error: AppError) -> AppError {
    AppError { request_id: Some("0190b3c4-5d6e-7f80-9123-456789abcdef".to_owned()), ..error }
}

/// Groups of responses, which an operation takes by their names.
macro_rules! groups {
    ($($(#[$about:meta])* $name:ident: $($status:literal $shared:ident),+;)+) => {$(
        $(#[$about])*
        pub(crate) struct $name;

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                let refer = |shared: Shared| RefOr::Ref(Ref::from_response_name(shared.name));
                BTreeMap::from([$(($status.to_owned(), refer($shared))),+])
            }
        }
    )+};
}

groups! {
    /// Of every operation.
    Always: "400" BAD_REQUEST, "500" INTERNAL, "503" UNAVAILABLE;
    /// Of every operation with a body.
    WithBody: "413" TOO_LARGE, "415" UNSUPPORTED;
    /// Of every operation that needs an access token.
    Unauthorized: "401" ACCESS_REFUSED, "403" EXPIRED;
    /// Of those that a guest can't call or that need a recent login, in the place of [`Unauthorized`].
    Forbidden: "401" ACCESS_REFUSED, "403" FORBIDDEN;
    /// Of the login.
    NotLoggedIn: "401" LOGIN_REFUSED;
    /// Of a refresh.
    NotRefreshed: "401" REFRESH_REFUSED, "409" CONFLICT;
    /// Of the confirmation, in the place of [`Unauthorized`].
    NotConfirmed: "401" CONFIRMATION_REFUSED, "403" EXPIRED;
    /// Of operations that check fields.
    Validation: "422" INVALID;
    /// Of operations that count attempts.
    TooMany: "429" LIMITED;
    /// Of operations on one thing.
    Missing: "404" NOT_FOUND;
    /// Of the outbox.
    NoOutbox: "404" OUTBOX_ABSENT;
    /// The outbox is not open for this client.
    OutboxLocked: "403" OUTBOX_LOCKED;
}

/// The entries of `components.responses`.
pub(super) fn components() -> impl Iterator<Item = (String, RefOr<Response>)> {
    ALL.iter().map(|shared| (shared.name.to_owned(), shared.response().into()))
}

impl Shared {
    fn response(&self) -> Response {
        let examples = (self.errors)().into_iter().map(|error| {
            let example = ExampleBuilder::new()
                .summary(error.detail.as_ref())
                .value(serde_json::to_value(&error).ok());
            (error.code.name(), example.build())
        });
        let content = ContentBuilder::new()
            .schema(Some(Ref::from_schema_name("Problem")))
            .examples_from_iter(examples.map(|(name, example)| (name, RefOr::T(example))));
        let response = ResponseBuilder::new()
            .description(self.description)
            .content("application/problem+json", content.build());
        let Some((name, kind, description, example)) = &self.header else {
            return response.build();
        };
        let example: serde_json::Value =
            serde_json::from_str(example).unwrap_or_else(|_| (*example).into());
        let header = HeaderBuilder::new()
            .schema(Some(ObjectBuilder::new().schema_type(kind.clone())))
            .description(Some(*description))
            .example(Some(example));
        response.header(*name, header.build()).build()
    }
}
