//! What other machines ask: whether this node lives, whether it can answer, and its public keys.

use super::state::AppState;
use crate::{
    api::openapi::Always,
    error::{AppError, ErrorCode},
};
use axum::{Json, extract::State};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::time::Duration;

/// A load balancer asks often, and must not be kept waiting for a database that is away.
const PATIENCE: Duration = Duration::from_secs(2);

/// Lives?
#[utoipa::path(
    get, path = "/healthz", tag = "Operations",
    responses((status = 200, description = "The process lives.", body = Value, example = json!({"status": "ok"})), Always)
)]
pub(crate) async fn healthz() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

/// Ready?
#[utoipa::path(
    get, path = "/readyz", tag = "Operations",
    responses(
        (status = 200, description = "The database answers.", body = Value, example = json!({"status": "ready"})),
        Always
    )
)]
pub(crate) async fn readyz(State(state): State<AppState>) -> Result<Json<Value>, AppError> {
    let asked = tokio::time::timeout(PATIENCE, state.db.execute_unprepared("SELECT 1")).await;
    match asked {
        Ok(Ok(_)) => Ok(Json(json!({"status": "ready"}))),
        Ok(Err(_)) | Err(_) => Err(AppError::new(ErrorCode::Unavailable).retry_after(1)),
    }
}

/// Public keys
///
/// A JSON Web Key Set (RFC 7517) to check access tokens with, the key that issues first.
#[utoipa::path(
    get, path = "/.well-known/jwks.json", tag = "Operations",
    responses((status = 200, description = "The keys.", body = Value), Always)
)]
pub(crate) async fn jwks(State(state): State<AppState>) -> Json<Value> {
    Json(state.access_tokens.jwks())
}
