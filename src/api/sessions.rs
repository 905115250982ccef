//! `/api/sessions`: the sessions of the user, and ending them.

use super::{
    extract::PathId,
    openapi::responses::{Always, Forbidden, Missing, Unauthorized},
};
use crate::{
    auth::server::{
        accounts::sessions,
        http::{
            device::{self, Device},
            guard::Authenticated,
        },
    },
    engine::session::SessionRow,
    protocol::json_api::{ListedSession, Sessions},
    server::{error::ServiceError, state::AppState},
};
use axum::{Json, extract::State, http::StatusCode};
use uuid::Uuid;

/// Lists the sessions
///
/// Those in which the user is logged in.
#[utoipa::path(
    get, path = "/api/sessions", operation_id = "list_sessions", tag = "Sessions", security(("access_token" = [])),
    responses((status = 200, description = "The running sessions, the one used last first.", body = Sessions), Unauthorized, Always)
)]
pub(super) async fn list(
    State(state): State<AppState>,
    Authenticated(claims): Authenticated,
) -> Result<Json<Sessions>, ServiceError> {
    let rows = sessions::list(&state, &claims).await?;
    let sessions = rows.into_iter().map(|row| listed(row, claims.sid)).collect();
    Ok(Json(Sessions { sessions }))
}

/// Ends one session
///
/// Its access tokens stop at once, on every node within a second. Also a success if it was over. For another
/// session than the own one the login, or `/api/account/confirmation`, must be less than 15 minutes old.
#[utoipa::path(
    delete, path = "/api/sessions/{id}", operation_id = "end_session", tag = "Sessions", security(("access_token" = [])),
    params(("id" = Uuid, Path, description = "The session.", example = "7c9e6679-7425-40de-944b-e07fc1f90ae7")),
    responses(
        (status = 204, description = "The session is over."),
        Forbidden,
        Missing,
        Always
    )
)]
pub(super) async fn end(
    State(state): State<AppState>,
    who: Authenticated,
    device: Device,
    PathId(id): PathId,
) -> Result<StatusCode, ServiceError> {
    sessions::end(&state, &who, id, &device).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all other sessions
///
/// The session of the access token stays. The login, or `/api/account/confirmation`, must be less than 15 minutes
/// old.
#[utoipa::path(
    delete, path = "/api/sessions/others", operation_id = "end_other_sessions", tag = "Sessions", security(("access_token" = [])),
    responses((status = 204, description = "All others are over."), Forbidden, Always)
)]
pub(super) async fn end_others(
    State(state): State<AppState>,
    who: Authenticated,
    device: Device,
) -> Result<StatusCode, ServiceError> {
    sessions::end_others(&state, &who, &device).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn listed(session: SessionRow, current: Uuid) -> ListedSession {
    ListedSession {
        id: session.id.to_string(),
        current: session.id == current,
        created_at: session.created_at.rfc3339(),
        last_seen_at: session.last_seen_at.rfc3339(),
        expires_at: session.expires_at.rfc3339(),
        device: session.user_agent.as_deref().and_then(device::name),
        user_agent: session.user_agent,
        ip: session.ip,
    }
}
