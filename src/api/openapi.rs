//! The routes of the native door with their OpenAPI 3.1 document, which comes from the handlers, and
//! the page that shows it to people.

use super::{account, events, outbox, posts, profile, sessions, tokens};
use crate::{
    error::{AppError, ErrorCode, Problem},
    server::{health, problem, state::AppState},
};
use axum::{
    Json, Router,
    http::{HeaderValue, StatusCode, header},
    middleware::map_response,
    response::Response,
    routing::{any, get},
};
use utoipa::{
    IntoResponses, Modify, OpenApi,
    openapi::{
        OpenApi as Document,
        security::{Http, HttpAuthScheme, SecurityScheme},
    },
};
use utoipa_axum::{router::OpenApiRouter, routes};
use utoipa_swagger_ui::{Config, SwaggerUi};

/// Where the document is.
const DOCUMENT: &str = "/api/openapi.json";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Handstamp, the native door",
        description = "Log in, keep both tokens, send the access token with every call, and refresh when it expires. \
            A refresh answers the refresh token to keep from then on; the one before is spent. \
            Send the same `Idempotency-Key` with every repeat of a refresh until it is answered: \
            then a lost answer never costs the session."
    ),
    modifiers(&AccessTokenScheme)
)]
struct Contents;

struct AccessTokenScheme;

impl Modify for AccessTokenScheme {
    fn modify(&self, document: &mut Document) {
        let scheme =
            Http::builder().scheme(HttpAuthScheme::Bearer).bearer_format("at+jwt (RFC 9068)");
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("access_token", SecurityScheme::Http(scheme.build()));
    }
}

/// What every route may answer.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "for the document")]
pub(crate) enum Always {
    /// Something of the request can't be read, or a token stands in its address.
    #[response(status = 400, content_type = "application/problem+json")]
    BadRequest(Problem),
    /// Something broke; the log says more under `request_id`.
    #[response(status = 500, content_type = "application/problem+json")]
    Internal(Problem),
    /// The server can't answer now. Nobody is logged out by it.
    #[response(status = 503, content_type = "application/problem+json",
        headers(("Retry-After" = u32, description = "Seconds.")))]
    Unavailable(Problem),
}

/// The password or the refresh token is refused; `code` says why.
#[derive(IntoResponses)]
#[response(status = 401, content_type = "application/problem+json",
    headers(("WWW-Authenticate" = String, description = "RFC 6750 §3.")))]
pub(super) struct Refused(#[expect(dead_code, reason = "for the document")] Problem);

/// The access token is missing, wrong or over; `code` says which.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "for the document")]
pub(super) enum Unauthorized {
    /// It is missing, wrong or over, or its session was ended.
    #[response(status = 401, content_type = "application/problem+json",
        headers(("WWW-Authenticate" = String, description = "RFC 6750 §3.")))]
    Refused(Problem),
    /// It expired, on a server that is set to say so with this status.
    #[response(status = 403, content_type = "application/problem+json",
        headers(("WWW-Authenticate" = String, description = "RFC 6750 §3.")))]
    Expired(Problem),
}

/// The body is larger than 64 KiB.
#[derive(IntoResponses)]
#[response(status = 413, content_type = "application/problem+json")]
pub(super) struct TooLarge(#[expect(dead_code, reason = "for the document")] Problem);

/// A field is wrong; `errors` says which and why.
#[derive(IntoResponses)]
#[response(status = 422, content_type = "application/problem+json")]
pub(super) struct Validation(#[expect(dead_code, reason = "for the document")] Problem);

/// Too many tries from one address.
#[derive(IntoResponses)]
#[response(status = 429, content_type = "application/problem+json",
    headers(("Retry-After" = u32, description = "Seconds.")))]
pub(super) struct TooMany(#[expect(dead_code, reason = "for the document")] Problem);

/// The routes and the document that they make.
fn described() -> (Router<AppState>, Document) {
    OpenApiRouter::with_openapi(Contents::openapi())
        .routes(routes!(tokens::log_in))
        .routes(routes!(tokens::refresh))
        .routes(routes!(tokens::log_out))
        .routes(routes!(profile::show))
        .routes(routes!(posts::list, posts::create))
        .routes(routes!(sessions::list))
        .routes(routes!(sessions::end))
        .routes(routes!(sessions::end_others))
        .routes(routes!(account::show, account::delete))
        .routes(routes!(account::confirm))
        .routes(routes!(account::change_username))
        .routes(routes!(account::change_password))
        .routes(routes!(account::change_email))
        .routes(routes!(account::send_confirmation))
        .routes(routes!(
            account::prepare_second_factor,
            account::enable_second_factor,
            account::disable_second_factor
        ))
        .routes(routes!(account::renew_recovery_codes))
        .routes(routes!(events::list))
        .routes(routes!(outbox::list))
        .routes(routes!(health::jwks))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .split_for_parts()
}

/// All routes of the native door, its document and its page.
pub fn router() -> Router<AppState> {
    let (routes, document) = described();
    let page = SwaggerUi::new("/api/docs").config(
        Config::from(DOCUMENT)
            .display_request_duration(true)
            .default_models_expand_depth(0)
            .use_base_layout(),
    );
    routes
        .route(DOCUMENT, get(move || async move { Json(document) }))
        .merge(Router::from(page).layer(map_response(allow_page)))
        .route("/api", any(problem::not_found))
        .route("/api/", any(problem::not_found))
        .route("/api/{*rest}", any(problem::not_found))
}

/// The page needs its own script and styles, and colours that its program writes into `style`.
async fn allow_page(mut response: Response) -> Result<Response, AppError> {
    if response.status() == StatusCode::NOT_FOUND {
        return Err(ErrorCode::NotFound.into());
    }
    let policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                  img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
                  frame-ancestors 'none'";
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}
