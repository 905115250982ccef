//! The cookie API: the checks on every request to `/auth`.

use super::{body, csrf, state::AppState};
use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

/// Middleware for requests to `/auth`. Refuses cross-site requests, bodies over the limit and bodies that are not JSON.
/// It sets `Accept` to JSON, because a server function redirects a form submission and puts errors into the URL.
pub async fn protect(state: &AppState, request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with("/auth/") {
        return next.run(request).await;
    }
    if request.method() == Method::POST
        && let Err(refused) = csrf::check(request.headers(), state.config.urls())
    {
        return refused.into_response();
    }
    let (mut parts, body) = request.into_parts();
    let body = match body::read(body).await {
        Ok(body) => body,
        Err(refused) => return refused.into_response(),
    };
    if !body.is_empty()
        && let Err(refused) = body::require_json(&parts.headers)
    {
        return refused.into_response();
    }
    parts.headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    let mut response = next.run(Request::from_parts(parts, Body::from(body))).await;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
