//! The error responses of the JSON API. Each is an entry of `components.responses`, to which the operations refer.

use handstamp_protocol::error::{AppError, ErrorCode};
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
    /// An example of every code of this response.
    errors: fn() -> Vec<AppError>,
}

const CHALLENGE: Option<(&str, Type, &str, &str)> = Some((
    "WWW-Authenticate",
    Type::String,
    "`Bearer`, and `error=\"invalid_token\"` if the access token was refused (RFC 6750 §3). \
     `Handstamp realm=\"login\"` or `Handstamp realm=\"refresh\"` if the credentials in the body were refused.",
    r#"Bearer error="invalid_token", error_description="The access token expired""#,
));
const RETRY_AFTER: Option<(&str, Type, &str, &str)> =
    Some(("Retry-After", Type::Integer, "Seconds to wait before the next attempt.", "1"));

fn of_codes<const N: usize>(codes: [ErrorCode; N]) -> Vec<AppError> {
    codes.into_iter().map(AppError::new).collect()
}

const BAD_REQUEST: Shared = Shared {
    name: "BadRequest",
    description: "The request can't be read (`bad_request`), or its query string contains a token \
        (`token_in_query`), which should be revoked.",
    header: None,
    errors: || of_codes([ErrorCode::BadRequest, ErrorCode::TokenInQuery]),
};
const ACCESS_REFUSED: Shared = Shared {
    name: "AccessTokenRefused",
    description: "The access token is refused. Use `code`. `access_token_expired`: refresh, then repeat the \
        request once. `access_token_missing`, `access_token_invalid`: refresh or log in. `session_revoked`: log in; \
        `reason` is absent here, the response to a refresh contains it.",
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
    description: "The login is refused. Use `code`. `invalid_credentials`: unknown user or wrong password. \
        `second_factor_required`: the password is correct, send it again with a `code`. `second_factor_invalid`: the \
        code is wrong or was used already. A refresh doesn't help with any of them.",
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
    description: "The refresh token is refused, and the user must log in again. Use `code`. \
        `refresh_token_missing`, `refresh_token_invalid`: this server did not issue the token. `session_expired`: the \
        session has expired. `session_revoked`: it was ended, see `reason`. `refresh_token_reused`: the \
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
    description: "The access token or the code of the second factor is refused. Use `code`. \
        `second_factor_required`, `second_factor_invalid`: send the password again with a `code`; a refresh \
        doesn't help. `access_token_expired`, `access_token_missing`, `access_token_invalid`, `session_revoked`: as \
        for every other operation.",
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
    description: "`access_token_expired`, on a server with `HANDSTAMP_EXPIRED_STATUS=403`. Use `code`, not the \
        status.",
    header: CHALLENGE,
    errors: || vec![AppError { status: 403, ..AppError::new(ErrorCode::AccessTokenExpired) }],
};
const FORBIDDEN: Shared = Shared {
    name: "Forbidden",
    description: "Use `code`, not the status. `guest_account`: a guest can't do this; a refresh doesn't \
        help. `confirmation_required`: the login is more than 15 minutes old; send the password to \
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
    description: "The resource doesn't exist, or the user may not see it.",
    header: None,
    errors: || of_codes([ErrorCode::NotFound]),
};
const CONFLICT: Shared = Shared {
    name: "RefreshConflict",
    description: "Another refresh of this session was faster (`refresh_conflict`), or the token is an older one \
        whose successor the client is about to receive (`refresh_superseded`). Retry with the newest refresh token \
        that the client has.",
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
    description: "The content type of the body is not `application/json`, or the body has a content coding.",
    header: None,
    errors: || {
        vec![AppError::unsupported(
            "The body has to be JSON, with the content type application/json.",
        )]
    },
};
const INVALID: Shared = Shared {
    name: "Validation",
    description: "Some fields are invalid; `errors` lists them with the reasons.",
    header: None,
    errors: || vec![AppError::field("username", "That username is taken. Try another one.")],
};
const LIMITED: Shared = Shared {
    name: "RateLimited",
    description: "Too many attempts; `retry_after` and `Retry-After` contain the seconds to wait.",
    header: RETRY_AFTER,
    errors: || vec![AppError::new(ErrorCode::RateLimited).retry_after(30)],
};
const INTERNAL: Shared = Shared {
    name: "Internal",
    description: "The server failed; its log contains the details under `request_id`.",
    header: None,
    errors: || vec![with_request_id(AppError::new(ErrorCode::Internal))],
};
const UNAVAILABLE: Shared = Shared {
    name: "Unavailable",
    description: "The server can't respond now. No session is ended: retry later.",
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
    description: "The server has no outbox for this client.",
    header: None,
    errors: || of_codes([ErrorCode::NotFound]),
};

fn with_request_id(error: AppError) -> AppError {
    AppError { request_id: Some("0190b3c4-5d6e-7f80-9123-456789abcdef".to_owned()), ..error }
}

/// Declares the groups of responses that operations refer to.
macro_rules! groups {
    ($($(#[$about:meta])* $name:ident: $($status:literal $shared:ident),+;)+) => {$(
        $(#[$about])*
        pub struct $name;

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                let refer = |shared: Shared| RefOr::Ref(Ref::from_response_name(shared.name));
                BTreeMap::from([$(($status.to_owned(), refer($shared))),+])
            }
        }
    )+};
}

groups! {
    /// For every operation.
    Always: "400" BAD_REQUEST, "500" INTERNAL, "503" UNAVAILABLE;
    /// For every operation with a body.
    WithBody: "413" TOO_LARGE, "415" UNSUPPORTED;
    /// For every operation that requires an access token.
    Unauthorized: "401" ACCESS_REFUSED, "403" EXPIRED;
    /// For operations that a guest can't call or that require a recent login, instead of [`Unauthorized`].
    Forbidden: "401" ACCESS_REFUSED, "403" FORBIDDEN;
    /// For the login.
    NotLoggedIn: "401" LOGIN_REFUSED;
    /// For a refresh.
    NotRefreshed: "401" REFRESH_REFUSED, "409" CONFLICT;
    /// For the confirmation, instead of [`Unauthorized`].
    NotConfirmed: "401" CONFIRMATION_REFUSED, "403" EXPIRED;
    /// For operations that validate fields.
    Validation: "422" INVALID;
    /// For operations with a rate limit.
    TooMany: "429" LIMITED;
    /// For operations on one resource.
    Missing: "404" NOT_FOUND;
    /// For the outbox.
    NoOutbox: "404" OUTBOX_ABSENT;
    /// For the outbox, if this client has not unlocked it.
    OutboxLocked: "403" OUTBOX_LOCKED;
}

/// Returns the entries of `components.responses`.
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
