//! The statements on `posts`.

use handstamp_engine::clock::Timestamp;
use handstamp_server::db::{BATCH, Db, execute, statement};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use uuid::{NoContext, Uuid};

/// A post with the name of its author.
#[derive(Debug, Clone, FromQueryResult)]
pub struct PostRow {
    /// Time-ordered (UUID version 7, RFC 9562 §5.7).
    pub id: Uuid,
    /// The author's user name.
    pub author: String,
    /// 1 to 500 characters.
    pub body: String,
    pub created_at: Timestamp,
}

const POSTS: &str = "SELECT posts.id, users.username AS author, posts.body, posts.created_at \
     FROM posts JOIN users ON users.id = posts.author_id";

/// Writes a post. Returns `None` if the author no longer exists.
pub async fn insert(
    db: &Db,
    author: Uuid,
    body: &str,
    now: Timestamp,
) -> Result<Option<PostRow>, DbErr> {
    let seconds = u64::try_from(now.seconds()).unwrap_or(0);
    let nanos = u32::try_from(now.0.rem_euclid(1000)).unwrap_or(0) * 1_000_000;
    let id = Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, seconds, nanos));
    let insert = "INSERT INTO posts (id, author_id, body, created_at) \
                  SELECT $1, id, $2, $3 FROM users WHERE id = $4";
    let values: [Value; 4] = [id.into(), body.into(), now.into(), author.into()];
    db.execute_raw(statement(db, insert, values)).await?;
    find(db, id).await
}

pub async fn find(db: &Db, id: Uuid) -> Result<Option<PostRow>, DbErr> {
    let sql = format!("{POSTS} WHERE posts.id = $1");
    let row = db.query_one_raw(statement(db, &sql, [id.into()])).await?;
    row.map(|row| PostRow::from_query_result(&row, "")).transpose()
}

/// Deletes at most [`BATCH`] posts of guests whose account was created before `before`. Returns how many.
pub async fn purge_of_guests(db: &Db, before: Timestamp) -> Result<u64, DbErr> {
    let sql = "DELETE FROM posts WHERE id IN \
               (SELECT posts.id FROM posts JOIN users ON users.id = posts.author_id \
                WHERE users.guest = TRUE AND users.created_at < $1 LIMIT $2)";
    execute(db, sql, [before.into(), BATCH.into()]).await
}

/// Deletes a post of this author. Returns whether there was one.
pub async fn delete(db: &Db, id: Uuid, author: Uuid) -> Result<bool, DbErr> {
    let sql = "DELETE FROM posts WHERE id = $1 AND author_id = $2";
    Ok(execute(db, sql, [id.into(), author.into()]).await? > 0)
}

/// Deletes all posts of a user.
pub async fn delete_of_user(db: &impl ConnectionTrait, user: Uuid) -> Result<(), DbErr> {
    let sql = "DELETE FROM posts WHERE author_id = $1";
    execute(db, sql, [user.into()]).await.map(|_| ())
}

/// Returns posts, newest first. With `before`, only posts that are older than that one.
pub async fn list(db: &Db, limit: u64, before: Option<Uuid>) -> Result<Vec<PostRow>, DbErr> {
    let sql = format!("{POSTS} WHERE posts.id < $1 ORDER BY posts.id DESC LIMIT $2");
    let values: [Value; 2] =
        [before.unwrap_or(Uuid::max()).into(), i64::try_from(limit).unwrap_or(i64::MAX).into()];
    let rows = db.query_all_raw(statement(db, &sql, values)).await?;
    rows.iter().map(|row| PostRow::from_query_result(row, "")).collect()
}
