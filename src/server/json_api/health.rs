//! The health checks for load balancers: `/healthz` (liveness) and `/readyz` (readiness).

use super::openapi::responses::Always;
use crate::{error::ServiceError, http::state::AppState};
use axum::{Json, extract::State};
use sea_orm::ConnectionTrait;
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// The timeout of the readiness check, because an unreachable database would keep the load balancer waiting.
const READINESS_TIMEOUT: Duration = Duration::from_secs(2);

/// The liveness of the process.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    status: Running,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Running {
    Ok,
}

/// The readiness of the node.
#[derive(Serialize, ToSchema)]
pub(crate) struct Readiness {
    status: Ready,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Ready {
    Ready,
}

/// Checks liveness
///
/// Does not query the database. A process that does not respond should be restarted.
#[utoipa::path(
    get, path = "/healthz", operation_id = "get_health", tag = "Operations",
    responses((status = 200, description = "The process is running.", body = Health), Always)
)]
pub(crate) async fn healthz() -> Json<Health> {
    Json(Health { status: Running::Ok })
}

/// Checks readiness
///
/// Queries the database. A node that is not ready should receive no requests.
#[utoipa::path(
    get, path = "/readyz", operation_id = "get_readiness", tag = "Operations",
    responses(
        (status = 200, description = "The database responds.", body = Readiness),
        Always
    )
)]
pub(crate) async fn readyz(State(state): State<AppState>) -> Result<Json<Readiness>, ServiceError> {
    let queried =
        tokio::time::timeout(READINESS_TIMEOUT, state.db.reader.execute_unprepared("SELECT 1"))
            .await;
    match queried {
        Ok(Ok(_)) => Ok(Json(Readiness { status: Ready::Ready })),
        Ok(Err(_)) | Err(_) => Err(ServiceError::try_again()),
    }
}
