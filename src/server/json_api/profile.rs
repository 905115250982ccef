//! `GET /api/profile`: the user and the session of the access token.

use super::openapi::responses::{Always, Unauthorized};
use crate::{
    db::session, error::ServiceError, http::state::AppState, identity::Username,
    sessions::current_user::CurrentUser,
};
use axum::{Json, extract::State};
use handstamp_protocol::{
    error::ErrorCode,
    json_api::{Profile, ProfileSession},
};

/// Shows the profile
///
/// The user and the session of the access token.
#[utoipa::path(
    get, path = "/api/profile", operation_id = "get_profile", tag = "Resources", security(("access_token" = [])),
    responses((status = 200, description = "The account.", body = Profile), Unauthorized, Always)
)]
pub(super) async fn show(
    State(state): State<AppState>,
    current: CurrentUser,
) -> Result<Json<Profile>, ServiceError> {
    let user = crate::db::user::find(&state.db.reader, current.user_id()).await?;
    let session = session::find(&state.db.reader, current.session_id()).await?;
    // They were deleted after the token was issued.
    let (Some(user), Some(session)) = (user, session) else {
        return Err(ErrorCode::SessionRevoked.into());
    };
    let username_generated = Username::is_generated_for_link(&user.username);
    Ok(Json(Profile {
        id: user.id.to_string(),
        username: user.username,
        email: user.email,
        created_at: user.created_at.rfc3339(),
        guest: user.guest,
        username_generated,
        session: ProfileSession {
            id: session.id.to_string(),
            created_at: session.created_at.rfc3339(),
            expires_at: session.expires_at.rfc3339(),
        },
    }))
}
