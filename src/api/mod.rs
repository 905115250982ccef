//! The native JSON door and the protected resources, as plain axum handlers.

mod extract;
mod posts;
mod profile;

use crate::server::{body, problem, state::AppState};
use axum::{Router, extract::DefaultBodyLimit, routing::get};

/// The routes below `/api`.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/profile", get(profile::show))
        .route("/posts", get(posts::list).post(posts::create))
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(DefaultBodyLimit::max(body::LARGEST))
}
