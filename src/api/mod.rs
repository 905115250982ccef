//! The native JSON door and the protected resources, as plain axum handlers.

mod extract;
mod posts;
mod profile;

use crate::server::{problem, state::AppState};
use axum::{Router, routing::get};

/// The routes below `/api`.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/profile", get(profile::show))
        .route("/posts", get(posts::list).post(posts::create))
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::method_not_allowed)
}
