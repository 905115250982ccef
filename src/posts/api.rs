//! `/api/posts`: the posts of all users.

use super::{
    db::{self, PostRow},
    text,
};
use axum::{
    Json,
    extract::State,
    http::{HeaderName, StatusCode, header},
};
use handstamp_protocol::{
    error::{AppError, ErrorCode},
    json_api::{NewPost, Post, Posts},
};
use handstamp_server::{
    error::ServiceError,
    http::state::AppState,
    json_api::{
        extract::{JsonBody, Parameters, PathId},
        openapi::responses::{Always, Missing, TooMany, Unauthorized, Validation, WithBody},
    },
    rate_limit,
    sessions::current_user::CurrentUser,
};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

const DEFAULT_PAGE_SIZE: u64 = 20;
const MAX_PAGE_SIZE: u64 = 100;

/// The page of posts to return.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Paging {
    /// The number of posts.
    #[param(value_type = Option<i32>, format = Int32, nullable = false, minimum = 1, maximum = 100, default = 20, example = 20)]
    limit: Option<u64>,
    /// Returns only posts that are older than the one with this id.
    #[param(nullable = false, example = "0190b3c4-5d6e-7f80-9123-456789abcdef")]
    before: Option<Uuid>,
}

/// Lists posts
///
/// Returns one page of posts, newest first.
#[utoipa::path(
    get, path = "/api/posts", operation_id = "list_posts", tag = "Resources", security(("access_token" = [])), params(Paging),
    responses((status = 200, description = "A page of posts.", body = Posts), Unauthorized, Validation, Always)
)]
pub(super) async fn list(
    State(state): State<AppState>,
    _: CurrentUser,
    Parameters(paging): Parameters<Paging>,
) -> Result<Json<Posts>, ServiceError> {
    let limit = paging.limit.unwrap_or(DEFAULT_PAGE_SIZE);
    if !(1..=MAX_PAGE_SIZE).contains(&limit) {
        return Err(AppError::field("limit", "The limit is 1 to 100.").into());
    }
    // An extra row shows that there is a next page.
    let mut rows = db::list(&state.db.reader, limit + 1, paging.before).await?;
    let more = rows.len() as u64 > limit;
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = rows.last().map(|row| row.id.to_string()).filter(|_| more);
    Ok(Json(Posts { posts: rows.into_iter().map(Post::from).collect(), next }))
}

/// Shows one post
///
/// Every user may read every post.
#[utoipa::path(
    get, path = "/api/posts/{id}", operation_id = "get_post", tag = "Resources", security(("access_token" = [])),
    params(("id" = Uuid, Path, description = "The id of the post.", example = "0190b3c4-5d6e-7f80-9123-456789abcdef")),
    responses((status = 200, description = "The post.", body = Post), Unauthorized, Missing, Always)
)]
pub(super) async fn show(
    State(state): State<AppState>,
    _: CurrentUser,
    PathId(id): PathId,
) -> Result<Json<Post>, ServiceError> {
    let row = db::find(&state.db.reader, id).await?.ok_or(ErrorCode::NotFound)?;
    Ok(Json(row.into()))
}

/// Writes a post
///
/// Every user may read it.
#[utoipa::path(
    post, path = "/api/posts", operation_id = "create_post", tag = "Resources", security(("access_token" = [])), request_body = NewPost,
    responses(
        (status = 201, description = "The post.", body = Post,
            headers(("Location" = String, description = "The path of the post."))),
        Unauthorized, WithBody, Validation, TooMany, Always
    )
)]
pub(super) async fn create(
    State(state): State<AppState>,
    current: CurrentUser,
    JsonBody(new): JsonBody<NewPost>,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<Post>), ServiceError> {
    let body = text::parse(&new.body).map_err(|message| AppError::field("body", message))?;
    rate_limit::post(&state.accounts.rate_limiter, current.user_id()).await?;
    let _permit = state.db.write_permit().await?;
    let row = db::insert(&state.db.writer, current.user_id(), &body, state.clock.now()).await?;
    let row = row.ok_or(ErrorCode::SessionRevoked)?;
    let location = [(header::LOCATION, format!("/api/posts/{}", row.id))];
    Ok((StatusCode::CREATED, location, Json(row.into())))
}

/// Deletes a post
///
/// Only its author may delete it.
#[utoipa::path(
    delete, path = "/api/posts/{id}", operation_id = "delete_post", tag = "Resources", security(("access_token" = [])),
    params(("id" = Uuid, Path, description = "The id of the post.", example = "0190b3c4-5d6e-7f80-9123-456789abcdef")),
    responses((status = 204, description = "Deleted."), Unauthorized, Missing, Always)
)]
pub(super) async fn delete(
    State(state): State<AppState>,
    current: CurrentUser,
    PathId(id): PathId,
) -> Result<StatusCode, ServiceError> {
    let _permit = state.db.write_permit().await?;
    if db::delete(&state.db.writer, id, current.user_id()).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ErrorCode::NotFound.into())
    }
}

/// Returns the routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(show, delete))
}

/// Returns the example of a schema in the OpenAPI document.
pub fn example(schema: &str) -> Option<Value> {
    let post = json!({
        "id": "0190b3c4-5d6e-7f80-9123-456789abcdef", "author": "ada", "body": "Hello.",
        "created_at": "2026-11-02T08:15:00Z"
    });
    Some(match schema {
        "NewPost" => json!({"body": "Hello."}),
        "Post" => post,
        "Posts" => json!({"posts": [post], "next": null}),
        _ => return None,
    })
}

impl From<PostRow> for Post {
    fn from(row: PostRow) -> Self {
        Self {
            id: row.id.to_string(),
            author: row.author,
            body: row.body,
            created_at: row.created_at.rfc3339(),
        }
    }
}
