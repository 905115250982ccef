//! The statements on `users`.

mod abandoned;
mod changes;
mod guest;
mod login;
mod name;
mod second_factor;

pub use abandoned::{abandoned, is_abandoned};
pub use changes::{anonymize, change_email, change_password, confirm_email};
pub use guest::register_guest;
pub use login::find_for_login;
pub use name::{change_username, refuse_taken};
pub use second_factor::{
    prepare_second_factor, remove_second_factor, replace_totp_secret, start_second_factor,
    stop_second_factor, take_step,
};

use super::{Db, execute, statement};
use crate::{
    error::ServiceError,
    identity::{Email, Username},
};
use handstamp_engine::clock::Timestamp;
use handstamp_protocol::{
    error::{AppError, EMAIL_TAKEN, FieldError},
    types::User,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel,
    QueryFilter, SqlErr, Value, entity::prelude::*,
};

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// The user id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The user name as the user typed it.
    pub username: String,
    /// The normalized user name, unique.
    pub username_key: String,
    /// The skeleton of the user name (UTS #39 §4), unique. `None` for guests, and for accounts that are older than this
    /// check and whose name looks like another one.
    pub username_skeleton: Option<String>,
    /// The address as the user typed it.
    pub email: String,
    /// The normalized address, with its domain in ASCII, unique.
    pub email_key: String,
    /// A PHC string. `None` for guests and for accounts without a password.
    pub password_hash: Option<String>,
    /// Whether it is a guest account, which is deleted after a day.
    pub guest: bool,
    /// When the user signed up.
    pub created_at: Timestamp,
    /// When the user confirmed the address.
    pub email_confirmed_at: Option<Timestamp>,
    /// The encrypted TOTP secret.
    pub totp_secret: Option<Vec<u8>>,
    /// Since when a second factor is required.
    pub totp_since: Option<Timestamp>,
    /// The time step of the last code that was accepted.
    pub totp_step: i64,
}

/// Required by `DeriveEntityModel`. No query uses a relation.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// A row of `users`.
pub type UserRow = Model;

impl From<Model> for User {
    fn from(row: Model) -> Self {
        Self { id: row.id.to_string(), username: row.username, email: row.email }
    }
}

/// An account to create.
#[derive(Debug)]
pub struct NewUser {
    pub username: Username,
    pub email: Email,
    /// A PHC string.
    pub password_hash: Option<String>,
    /// Whether it is a guest account.
    pub guest: bool,
    /// Whether the user has confirmed the address.
    pub email_confirmed: bool,
}

/// Creates an account.
///
/// # Errors
/// Fails with `validation` if another account has the name or the address.
pub async fn insert(
    db: &impl ConnectionTrait,
    new: NewUser,
    now: Timestamp,
) -> Result<UserRow, ServiceError> {
    let row = Model {
        id: Uuid::new_v4(),
        username: new.username.shown,
        username_key: new.username.key,
        username_skeleton: (!new.guest).then_some(new.username.skeleton),
        email: new.email.shown,
        email_key: new.email.key,
        password_hash: new.password_hash,
        guest: new.guest,
        created_at: now,
        email_confirmed_at: new.email_confirmed.then_some(now),
        totp_secret: None,
        totp_since: None,
        totp_step: 0,
    };
    match Entity::insert(row.clone().into_active_model().reset_all())
        .exec_without_returning(db)
        .await
    {
        Ok(_) => Ok(row),
        Err(error) => Err(taken(&error).map_or_else(|| error.into(), Into::into)),
    }
}

pub async fn find(db: &Db, id: Uuid) -> Result<Option<UserRow>, DbErr> {
    Entity::find_by_id(id).one(db).await
}

pub async fn find_by_session(
    db: &impl ConnectionTrait,
    session: Uuid,
) -> Result<Option<UserRow>, DbErr> {
    let sql = "SELECT users.* FROM users JOIN sessions ON sessions.user_id = users.id \
               WHERE sessions.id = $1";
    let statement = statement(db, sql, [session.into()]);
    Entity::find().from_raw_sql(statement).one(db).await
}

/// Finds an account by its normalized user name or address. A user name contains no `@`, so the key can't be both.
pub async fn find_by_name_or_email(db: &Db, key: &str) -> Result<Option<UserRow>, DbErr> {
    if key.contains('\0') {
        // No name contains it, and PostgreSQL rejects it.
        return Ok(None);
    }
    let column = if key.contains('@') { Column::EmailKey } else { Column::UsernameKey };
    Entity::find().filter(column.eq(key)).one(db).await
}

/// Locks an account until the end of the transaction. Returns false if its password, address or second factor has
/// changed since it was read.
pub async fn lock_if_unchanged(db: &impl ConnectionTrait, user: &UserRow) -> Result<bool, DbErr> {
    let sql = "UPDATE users SET totp_step = totp_step WHERE id = $1 AND email_key = $2 \
               AND COALESCE(password_hash, '') = $3 AND COALESCE(totp_since, 0) = $4";
    let values: [Value; 4] = [
        user.id.into(),
        user.email_key.as_str().into(),
        user.password_hash.as_deref().unwrap_or_default().into(),
        user.totp_since.map_or(0, |since| since.0).into(),
    ];
    Ok(execute(db, sql, values).await? > 0)
}

/// Deletes at most [`super::BATCH`] guests who signed up before `before`, with all their data. Returns how many.
pub async fn purge_guests(db: &Db, before: Timestamp) -> Result<u64, DbErr> {
    let sql = "DELETE FROM users WHERE id IN \
               (SELECT id FROM users WHERE guest = TRUE AND created_at < $1 LIMIT $2)";
    execute(db, sql, [before.into(), super::BATCH.into()]).await
}

fn username_taken() -> FieldError {
    FieldError {
        field: "username".into(),
        message: "That username is taken. Try another one.".into(),
    }
}

fn username_looks_taken() -> FieldError {
    let message = "That username looks too much like one that is taken. Try another one.";
    FieldError { field: "username".into(), message: message.into() }
}

fn email_taken() -> FieldError {
    FieldError { field: "email".into(), message: EMAIL_TAKEN.into() }
}

/// Returns the validation error for the violated unique index. The messages of both databases contain the column.
fn taken(error: &DbErr) -> Option<AppError> {
    let Some(SqlErr::UniqueConstraintViolation(message)) = error.sql_err() else { return None };
    let field = if message.contains("email_key") {
        email_taken()
    } else if message.contains("username_skeleton") {
        username_looks_taken()
    } else {
        username_taken()
    };
    Some(AppError::validation(vec![field]))
}
