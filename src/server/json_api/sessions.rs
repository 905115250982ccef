//! `/api/sessions`: lists and ends the sessions of the user.

use super::{
    extract::PathId,
    openapi::responses::{Always, Forbidden, Missing, Unauthorized},
};
use crate::{
    accounts::sessions,
    device::{self, Device},
    error::ServiceError,
    http::state::AppState,
    sessions::current_user::CurrentUser,
};
use axum::{Json, extract::State, http::StatusCode};
use handstamp_engine::session::SessionRow;
use handstamp_protocol::json_api::{ListedSession, Sessions};
use uuid::Uuid;

/// Lists the sessions
///
/// Returns the active sessions of the user.
#[utoipa::path(
    get, path = "/api/sessions", operation_id = "list_sessions", tag = "Sessions", security(("access_token" = [])),
    responses((status = 200, description = "The active sessions, the last used one first.", body = Sessions), Unauthorized, Always)
)]
pub(super) async fn list(
    State(state): State<AppState>,
    current: CurrentUser,
) -> Result<Json<Sessions>, ServiceError> {
    let rows = sessions::list(&state.accounts, &current).await?;
    let sessions = rows.into_iter().map(|row| listed(row, current.session_id())).collect();
    Ok(Json(Sessions { sessions }))
}

/// Ends one session
///
/// Its access tokens are refused at once, on other nodes within a second. Also succeeds if the session has ended. To
/// end another session than the current one, the login or `/api/account/confirmation` must be less than 15 minutes
/// old.
#[utoipa::path(
    delete, path = "/api/sessions/{id}", operation_id = "end_session", tag = "Sessions", security(("access_token" = [])),
    params(("id" = Uuid, Path, description = "The id of the session.", example = "7c9e6679-7425-40de-944b-e07fc1f90ae7")),
    responses(
        (status = 204, description = "The session has ended."),
        Forbidden,
        Missing,
        Always
    )
)]
pub(super) async fn end(
    State(state): State<AppState>,
    current: CurrentUser,
    device: Device,
    PathId(id): PathId,
) -> Result<StatusCode, ServiceError> {
    sessions::end(&state.accounts, &current, id, &device).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all other sessions
///
/// Keeps the session of the access token. The login, or `/api/account/confirmation`, must be less than 15 minutes
/// old.
#[utoipa::path(
    delete, path = "/api/sessions/others", operation_id = "end_other_sessions", tag = "Sessions", security(("access_token" = [])),
    responses((status = 204, description = "All other sessions have ended."), Forbidden, Always)
)]
pub(super) async fn end_others(
    State(state): State<AppState>,
    current: CurrentUser,
    device: Device,
) -> Result<StatusCode, ServiceError> {
    sessions::end_others(&state.accounts, &current, &device).await?;
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
        network: session.ip.as_deref().and_then(device::network_of),
        ip: session.ip,
    }
}
