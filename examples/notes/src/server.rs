//! The server: its endpoints, its table and its e-mails.

use crate::app::{App, Note, Notes, shell};
use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use futures::future::BoxFuture;
use handstamp_leptos::{
    AppError, AppState, Builder, CurrentUser,
    protocol::error::ErrorCode,
    server::{
        accounts::user_data::UserData,
        clock::Timestamp,
        db::{BATCH, Db, execute, statement},
        error::ServiceError,
        json_api::extract::JsonBody,
        mail::templates::{DefaultTemplates, LinkMail, MailTemplates, MailText, NoticeMail},
        sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr},
    },
};
use uuid::Uuid;

const MAX_CHARS: usize = 1000;

/// The list of the notes of a user is one response.
const MAX_NOTES: usize = 100;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS notes \
    (id uuid PRIMARY KEY, user_id uuid NOT NULL, text VARCHAR(1000) NOT NULL)";

/// Begins the server.
pub fn builder() -> Builder {
    handstamp_leptos::builder(App, shell)
        .site("notes", "notes-site")
        .prepare(async |state: AppState| {
            state.db.writer.execute_unprepared(TABLE).await?;
            Ok(())
        })
        .routes(Router::new().route("/api/notes", get(list).post(create)))
        .user_data(NotesOfUsers)
        .mail_templates(OwnLoginMail)
}

/// `GET /api/notes`: the notes of the user, newest first.
async fn list(
    State(state): State<AppState>,
    user: CurrentUser,
) -> Result<Json<Notes>, ServiceError> {
    let sql = "SELECT text FROM notes WHERE user_id = $1 ORDER BY id DESC";
    let query = statement(&state.db.reader, sql, [user.user_id().into()]);
    let rows = state.db.reader.query_all_raw(query).await?;
    let texts: Result<Vec<String>, DbErr> =
        rows.iter().map(|row| row.try_get("", "text")).collect();
    Ok(Json(Notes { notes: texts? }))
}

/// `POST /api/notes`: writes a note.
async fn create(
    State(state): State<AppState>,
    user: CurrentUser,
    JsonBody(note): JsonBody<Note>,
) -> Result<StatusCode, ServiceError> {
    let text = note.text.trim();
    if text.is_empty() || text.chars().count() > MAX_CHARS {
        return Err(AppError::field("text", "A note has 1 to 1000 characters.").into());
    }
    let _permit = state.db.write_permit().await?;
    let sql = "INSERT INTO notes (id, user_id, text) SELECT $1, id, $2 FROM users \
               WHERE id = $3 AND (SELECT COUNT(*) FROM notes WHERE user_id = $4) < $5";
    let user = user.user_id();
    let limit = i64::try_from(MAX_NOTES).unwrap_or(i64::MAX);
    let values = [Uuid::now_v7().into(), text.into(), user.into(), user.into(), limit.into()];
    if execute(&state.db.writer, sql, values).await? == 0 {
        return Err(ErrorCode::RateLimited.into());
    }
    Ok(StatusCode::CREATED)
}

/// Deletes the notes of a user together with the account.
#[derive(Debug, Clone, Copy)]
struct NotesOfUsers;

impl UserData for NotesOfUsers {
    fn delete<'a>(
        &'a self,
        db: &'a DatabaseTransaction,
        user: Uuid,
    ) -> BoxFuture<'a, Result<(), DbErr>> {
        Box::pin(async move {
            execute(db, "DELETE FROM notes WHERE user_id = $1", [user.into()]).await.map(|_| ())
        })
    }

    fn purge_guests<'a>(
        &'a self,
        db: &'a Db,
        before: Timestamp,
    ) -> BoxFuture<'a, Result<u64, DbErr>> {
        let sql = "DELETE FROM notes WHERE id IN (SELECT notes.id FROM notes JOIN users ON users.id = notes.user_id \
                   WHERE users.guest = TRUE AND users.created_at < $1 LIMIT $2)";
        Box::pin(execute(db, sql, [before.into(), BATCH.into()]))
    }
}

/// The name of this app in the subject of e-mails with a link.
#[derive(Debug, Clone, Copy)]
struct OwnLoginMail;

impl MailTemplates for OwnLoginMail {
    fn link(&self, mail: &LinkMail<'_>) -> anyhow::Result<MailText> {
        let text = DefaultTemplates.link(mail)?;
        Ok(MailText { subject: format!("Notes: {}", text.subject), ..text })
    }

    fn notice(&self, mail: &NoticeMail<'_>) -> anyhow::Result<MailText> {
        DefaultTemplates.notice(mail)
    }
}
