//! `GET /api/events`: the security events of the account.

use super::openapi::responses::{Always, Unauthorized};
use crate::{
    db::event::{self, EventRow},
    error::ServiceError,
    http::state::AppState,
    sessions::current_user::CurrentUser,
};
use axum::{Json, extract::State};
use handstamp_protocol::{
    json_api::{Events, ListedEvent},
    security_event::SecurityEvent,
};

/// Lists the security events
///
/// Logins, failed logins and changes of the account in the last 90 days, newest first.
#[utoipa::path(
    get, path = "/api/events", operation_id = "list_events", tag = "Account", security(("access_token" = [])),
    responses((status = 200, description = "The newest 50, newest first.", body = Events), Unauthorized, Always)
)]
pub(super) async fn list(
    State(state): State<AppState>,
    current: CurrentUser,
) -> Result<Json<Events>, ServiceError> {
    let rows = event::list(&state.db.reader, current.user_id()).await?;
    Ok(Json(Events { events: rows.into_iter().map(ListedEvent::from).collect() }))
}

impl From<EventRow> for ListedEvent {
    fn from(row: EventRow) -> Self {
        Self {
            id: row.id.to_string(),
            sentence: SecurityEvent::from_name(&row.kind)
                .map_or("Unknown event.", SecurityEvent::sentence)
                .to_owned(),
            kind: row.kind,
            at: row.at.rfc3339(),
            device: row.device,
            network: row.network,
        }
    }
}
