//! What load balancers ask: whether this node runs, and whether it can answer.

use super::openapi::responses::Always;
use crate::{error::ServiceError, http::state::AppState};
use axum::{Json, extract::State};
use sea_orm::ConnectionTrait;
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// A load balancer asks often, and must not be kept waiting for a database that is away.
const PATIENCE: Duration = Duration::from_secs(2);

/// The process runs.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    status: Running,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Running {
    Ok,
}

/// The node can answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct Readiness {
    status: Ready,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Ready {
    Ready,
}

/// Whether the process runs
///
/// Asks nothing of the database. A process that does not answer should be restarted.
#[utoipa::path(
    get, path = "/healthz", operation_id = "get_health", tag = "Operations",
    responses((status = 200, description = "The process lives.", body = Health), Always)
)]
pub(crate) async fn healthz() -> Json<Health> {
    Json(Health { status: Running::Ok })
}

/// Whether the node can answer
///
/// Asks the database. A node that can't answer should get no requests.
#[utoipa::path(
    get, path = "/readyz", operation_id = "get_readiness", tag = "Operations",
    responses(
        (status = 200, description = "The database answers.", body = Readiness),
        Always
    )
)]
pub(crate) async fn readyz(State(state): State<AppState>) -> Result<Json<Readiness>, ServiceError> {
    let asked =
        tokio::time::timeout(PATIENCE, state.db.reader.execute_unprepared("SELECT 1")).await;
    match asked {
        Ok(Ok(_)) => Ok(Json(Readiness { status: Ready::Ready })),
        Ok(Err(_)) | Err(_) => Err(ServiceError::try_again()),
    }
}
