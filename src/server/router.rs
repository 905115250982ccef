//! The route table of the server, and what every request passes through.

use super::{
    headers,
    problem::{self, panicked},
    state::AppState,
    telemetry::{NewRequestId, RequestSpan},
};
use crate::{
    api,
    app::{App, DemoMode, shell},
    auth::server::door,
    error::{AppError, ErrorCode},
};
use axum::{
    Router,
    extract::Request,
    middleware::{Next, from_fn, from_fn_with_state, map_request},
    response::{IntoResponse, Response},
    routing::any,
};
use leptos::prelude::provide_context;
use leptos_axum::{LeptosRoutes, file_and_error_handler_with_context, generate_route_list};
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    request_id::{PropagateRequestIdLayer, SetRequestIdLayer},
    trace::{DefaultOnResponse, TraceLayer},
};
use tracing::Level;

/// The whole server.
pub fn router(state: AppState) -> Router {
    router_with(state, Router::new())
}

/// The whole server with routes of your own. They pass what every request passes, and a handler that
/// takes `Authenticated` wants an access token.
pub fn router_with(state: AppState, own: Router<AppState>) -> Router {
    // What is listed first is passed first.
    let middleware = ServiceBuilder::new()
        .layer(map_request(forget_foreign_request_id))
        .layer(SetRequestIdLayer::x_request_id(NewRequestId))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(RequestSpan)
                .on_response(DefaultOnResponse::new().level(Level::INFO)),
        )
        .layer(from_fn_with_state(state.clone(), headers::secure))
        .layer(from_fn(problem::render))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(refuse_token_in_query))
        .layer(from_fn_with_state(state.clone(), door::keep));
    let (options, demo) = (state.leptos.clone(), DemoMode(state.config.demo));
    let page_context = move || {
        headers::allow_own_scripts();
        provide_context(demo);
    };
    Router::new()
        .leptos_routes_with_context(&state, generate_route_list(App), page_context, move || {
            shell(options.clone())
        })
        .route("/auth/{*rest}", any(problem::not_found))
        .merge(api::openapi::router())
        .merge(own)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .fallback(file_and_error_handler_with_context::<AppState, _>(page_context, shell))
        .layer(middleware)
        .with_state(state)
}

/// Requests are named here; a name that a client brings could be anything, and would stand in the log.
async fn forget_foreign_request_id(mut request: Request) -> Request {
    request.headers_mut().remove("x-request-id");
    request
}

/// Refuses a token in the query string, unread (RFC 6750 §2.3, ASVS 14.2.1).
async fn refuse_token_in_query(request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    if form_urlencoded::parse(query.as_bytes()).any(|(name, value)| is_token(&name, &value)) {
        return AppError::new(ErrorCode::TokenInQuery).into_response();
    }
    next.run(request).await
}

fn is_token(name: &str, value: &str) -> bool {
    let name = name.to_ascii_lowercase().replace(['_', '-'], "");
    matches!(name.as_str(), "token" | "accesstoken" | "refreshtoken" | "idtoken")
        || value.starts_with(crate::auth::server::stamp::PREFIX)
        || (value.starts_with("eyJ") && value.matches('.').count() == 2)
}
