//! The routes of the server, with the middleware that runs for every request.

use crate::{
    http::{log_out_form, middleware, problem, state::AppState},
    json_api::openapi,
};
use axum::{
    Router,
    middleware::from_fn_with_state,
    response::Redirect,
    routing::{MethodRouter, any, get, post},
};
use handstamp_protocol::paths;
use serde_json::Value;
use std::fmt;
use utoipa_axum::router::OpenApiRouter;

/// The routes that an app adds to those of the server.
#[derive(Clone)]
pub struct AppRoutes {
    /// Routes that are not part of the OpenAPI document. A handler that takes a
    /// [`CurrentUser`](crate::sessions::current_user::CurrentUser) requires an access token.
    pub routes: Router<AppState>,
    /// Routes that are part of the OpenAPI document.
    pub api: OpenApiRouter<AppState>,
    /// Returns the example of a schema of `api`, by its name.
    pub examples: fn(&str) -> Option<Value>,
    /// Handles requests to all other paths.
    pub fallback: MethodRouter<AppState>,
}

impl fmt::Debug for AppRoutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppRoutes").field("routes", &self.routes).finish_non_exhaustive()
    }
}

impl Default for AppRoutes {
    fn default() -> Self {
        Self {
            routes: Router::new(),
            api: OpenApiRouter::new(),
            examples: |_| None,
            fallback: any(problem::not_found),
        }
    }
}

/// Returns the router of a server with the routes of an app.
pub fn router(app: AppRoutes, state: AppState) -> Router {
    let AppRoutes { routes, api, examples, fallback } = app;
    Router::new()
        // Password managers open this path (https://w3c.github.io/webappsec-change-password-url/).
        .route("/.well-known/change-password", get(|| async { Redirect::to(paths::ACCOUNT) }))
        .route("/auth/log_out_form", post(log_out_form::log_out))
        .route("/auth/{*rest}", any(problem::not_found))
        .merge(openapi::router(&state, api, examples))
        .merge(routes)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .fallback(fallback)
        .layer(from_fn_with_state(state.clone(), middleware::handle))
        .with_state(state)
}
