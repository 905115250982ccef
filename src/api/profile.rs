//! `GET /api/profile`: who is logged in, and since when.

use crate::{
    auth::server::guard::Authenticated,
    db::session,
    error::{AppError, ErrorCode},
    server::state::AppState,
};
use axum::{Json, extract::State};
use serde::Serialize;
use uuid::Uuid;

#[derive(Debug, Serialize)]
pub(super) struct Profile {
    id: Uuid,
    username: String,
    email: String,
    created_at: String,
    session: Session,
}

#[derive(Debug, Serialize)]
struct Session {
    id: Uuid,
    created_at: String,
    expires_at: String,
}

/// Shows the account and the session behind the access token.
pub(super) async fn show(
    State(state): State<AppState>,
    Authenticated(claims): Authenticated,
) -> Result<Json<Profile>, AppError> {
    let user = crate::db::user::find(&state.db, claims.sub).await?;
    let session = session::find(&state.db, claims.sid).await?;
    // Purged meanwhile: the token is over, whatever its expiry says.
    let (Some(user), Some(session)) = (user, session) else {
        return Err(ErrorCode::SessionRevoked.into());
    };
    Ok(Json(Profile {
        id: user.id,
        username: user.username,
        email: user.email,
        created_at: user.created_at.rfc3339(),
        session: Session {
            id: session.id,
            created_at: session.created_at.rfc3339(),
            expires_at: session.expires_at.rfc3339(),
        },
    }))
}
