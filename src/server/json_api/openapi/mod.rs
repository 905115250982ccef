//! The routes of the JSON API, the OpenAPI 3.1 document that is generated from their handlers, and Swagger UI.

mod document;
mod examples;
pub mod responses;

use super::{
    account, email, events, health, jwks, outbox, profile, registration, sessions, tokens,
};
use crate::http::{problem, state::AppState};
use axum::{
    Router,
    http::{HeaderValue, StatusCode, header},
    middleware::map_response,
    response::Response,
    routing::{any, get},
};
use bytes::Bytes;
use handstamp_protocol::error::{AppError, ErrorCode};
use serde_json::Value;
use tower_http::compression::CompressionLayer;
use utoipa::openapi::OpenApi as Document;
use utoipa_axum::{
    router::{OpenApiRouter, UtoipaMethodRouterExt},
    routes,
};
use utoipa_swagger_ui::{Config, SwaggerUi};

/// The path of the document.
const DOCUMENT_PATH: &str = "/api/openapi.json";

/// Returns the routes, also those of the app, and the document that is generated from them.
fn routes_and_document(app: OpenApiRouter<AppState>) -> (Router<AppState>, Document) {
    OpenApiRouter::with_openapi(document::without_paths())
        .routes(routes!(tokens::log_in))
        .routes(routes!(tokens::refresh).layer(map_response(tokens::challenge_for_refresh)))
        .routes(routes!(tokens::log_out))
        .routes(routes!(profile::show))
        .merge(app)
        .routes(routes!(sessions::list))
        .routes(routes!(sessions::end))
        .routes(routes!(sessions::end_others))
        .routes(routes!(account::show, account::delete))
        .routes(routes!(account::confirm))
        .routes(routes!(account::change_username))
        .routes(routes!(account::change_password))
        .routes(routes!(email::change))
        .routes(routes!(email::send_confirmation))
        .routes(routes!(email::resend_change, email::cancel_change))
        .routes(routes!(registration::register))
        .routes(routes!(
            account::prepare_second_factor,
            account::enable_second_factor,
            account::disable_second_factor
        ))
        .routes(routes!(account::renew_recovery_codes))
        .routes(routes!(events::list))
        .routes(routes!(outbox::list))
        .routes(routes!(jwks::show))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .split_for_parts()
}

/// Returns the routes of the JSON API and of its document, and Swagger UI if the settings allow it. `app` has further
/// routes, and `app_examples` the examples of their schemas.
pub(crate) fn router(
    state: &AppState,
    app: OpenApiRouter<AppState>,
    app_examples: fn(&str) -> Option<Value>,
) -> Router<AppState> {
    let (routes, document) = routes_and_document(app);
    let examples = |schema: &str| examples::of(schema).or_else(|| app_examples(schema));
    let document = document::complete(document, &state.config.public_url, &examples);
    let document = Bytes::from(document.to_string());
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")];
    // The document contains no secret, so it can be compressed (BREACH).
    let document = get(async move || (headers, document)).layer(CompressionLayer::new());
    let routes = routes.route(DOCUMENT_PATH, document);
    let routes = if state.config.api_docs { routes.merge(swagger_ui()) } else { routes };
    routes
        .route("/api", any(problem::not_found))
        .route("/api/", any(problem::not_found))
        .route("/api/{*rest}", any(problem::not_found))
}

fn swagger_ui() -> Router<AppState> {
    let page = SwaggerUi::new("/api/docs").config(
        Config::from(DOCUMENT_PATH)
            .display_request_duration(true)
            .default_models_expand_depth(0)
            .use_base_layout(),
    );
    Router::from(page).layer(map_response(set_swagger_csp))
}

/// Sets a CSP that allows the script of Swagger UI, and the styles that it sets in `style` attributes.
async fn set_swagger_csp(mut response: Response) -> Result<Response, AppError> {
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
