//! `GET` and `POST /api/posts`: the resource to read and to write.

use super::extract::{JsonBody, Parameters};
use crate::{
    auth::server::guard::Authenticated,
    db::post::{self, PostRow},
    error::{AppError, ErrorCode},
    server::state::AppState,
};
use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const PAGE: u64 = 20;
const LARGEST_PAGE: u64 = 100;
const LONGEST_BODY: usize = 500;

#[derive(Debug, Serialize)]
pub(super) struct Post {
    id: Uuid,
    author: String,
    body: String,
    created_at: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Page {
    posts: Vec<Post>,
    /// What to ask for as `before` to get the next page; null at the end.
    next: Option<Uuid>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Paging {
    limit: Option<u64>,
    before: Option<Uuid>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPost {
    body: String,
}

/// A page of posts, newest first.
pub(super) async fn list(
    State(state): State<AppState>,
    _: Authenticated,
    Parameters(paging): Parameters<Paging>,
) -> Result<Json<Page>, AppError> {
    let limit = paging.limit.unwrap_or(PAGE);
    if !(1..=LARGEST_PAGE).contains(&limit) {
        return Err(AppError::field("limit", "The limit is 1 to 100."));
    }
    // One more than asked for tells whether there is a next page.
    let mut rows = post::list(&state.db, limit + 1, paging.before).await?;
    let more = rows.len() as u64 > limit;
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = rows.last().map(|row| row.id).filter(|_| more);
    Ok(Json(Page { posts: rows.into_iter().map(Post::from).collect(), next }))
}

/// Writes a post.
pub(super) async fn create(
    State(state): State<AppState>,
    Authenticated(claims): Authenticated,
    JsonBody(new): JsonBody<NewPost>,
) -> Result<(StatusCode, Json<Post>), AppError> {
    let body = new.body.trim();
    if body.is_empty() || body.chars().count() > LONGEST_BODY {
        return Err(AppError::field("body", "A post has 1 to 500 characters."));
    }
    if body.chars().any(|c| c.is_control() && c != '\n') {
        return Err(AppError::field("body", "A post can't hold control characters."));
    }
    let row = post::insert(&state.db, claims.sub, body, state.clock.now()).await?;
    let row = row.ok_or(ErrorCode::SessionRevoked)?;
    Ok((StatusCode::CREATED, Json(row.into())))
}

impl From<PostRow> for Post {
    fn from(row: PostRow) -> Self {
        Self {
            id: row.id,
            author: row.author,
            body: row.body,
            created_at: row.created_at.rfc3339(),
        }
    }
}
