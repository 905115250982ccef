//! The statements on `users`.

use super::{Db, execute};
use crate::{
    auth::{
        server::identity::{Email, Username},
        types::User,
    },
    error::{AppError, FieldError},
    server::clock::Timestamp,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, Set, SqlErr,
    entity::prelude::*,
};

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// The user id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// As the person wrote it.
    pub username: String,
    /// Folded, unique.
    pub username_key: String,
    /// As the person wrote it.
    pub email: String,
    /// Folded, unique.
    pub email_key: String,
    /// A PHC string; `None` for a guest.
    pub password_hash: Option<String>,
    /// A guest's account lives for a day.
    pub guest: bool,
    /// The sign-up.
    pub created_at: Timestamp,
}

/// The relations of `users`: none that a query here needs.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// An account as the database has it.
pub type UserRow = Model;

impl From<Model> for User {
    fn from(row: Model) -> Self {
        Self { id: row.id.to_string(), username: row.username, email: row.email }
    }
}

/// An account that is about to be made.
#[derive(Debug)]
pub struct NewUser {
    /// The name.
    pub username: Username,
    /// The address.
    pub email: Email,
    /// A PHC string.
    pub password_hash: Option<String>,
    /// Whether it is a guest's.
    pub guest: bool,
}

/// Makes an account.
///
/// # Errors
/// `validation` when the name or the address was taken meanwhile.
pub async fn insert(
    db: &impl ConnectionTrait,
    new: NewUser,
    now: Timestamp,
) -> Result<UserRow, AppError> {
    let row = Model {
        id: Uuid::new_v4(),
        username: new.username.shown,
        username_key: new.username.key,
        email: new.email.shown,
        email_key: new.email.key,
        password_hash: new.password_hash,
        guest: new.guest,
        created_at: now,
    };
    let insert = Entity::insert(ActiveModel {
        id: Set(row.id),
        username: Set(row.username.clone()),
        username_key: Set(row.username_key.clone()),
        email: Set(row.email.clone()),
        email_key: Set(row.email_key.clone()),
        password_hash: Set(row.password_hash.clone()),
        guest: Set(row.guest),
        created_at: Set(row.created_at),
    });
    match insert.exec_without_returning(db).await {
        Ok(_) => Ok(row),
        Err(error) => Err(taken(&error).unwrap_or_else(|| error.into())),
    }
}

/// Refuses a name or an address that is taken.
///
/// # Errors
/// `validation` with every field that is taken.
pub async fn refuse_taken(db: &Db, username_key: &str, email_key: &str) -> Result<(), AppError> {
    let is_either = Condition::any()
        .add(Column::UsernameKey.eq(username_key))
        .add(Column::EmailKey.eq(email_key));
    let others = Entity::find().filter(is_either).all(db).await?;
    let mut errors = Vec::new();
    if others.iter().any(|other| other.username_key == username_key) {
        errors.push(username_taken());
    }
    if others.iter().any(|other| other.email_key == email_key) {
        errors.push(email_taken());
    }
    if errors.is_empty() { Ok(()) } else { Err(AppError::validation(errors)) }
}

/// Looks up an account by its id.
///
/// # Errors
/// The database's.
pub async fn find(db: &Db, id: Uuid) -> Result<Option<UserRow>, DbErr> {
    Entity::find_by_id(id).one(db).await
}

/// Looks up an account by its folded name or address. A name holds no `@`, so it can't be both.
///
/// # Errors
/// The database's.
pub async fn find_by_name_or_email(db: &Db, key: &str) -> Result<Option<UserRow>, DbErr> {
    if key.contains('\0') {
        // Nobody is called so, and PostgreSQL refuses to look.
        return Ok(None);
    }
    let column = if key.contains('@') { Column::EmailKey } else { Column::UsernameKey };
    Entity::find().filter(column.eq(key)).one(db).await
}

/// Deletes guests who signed up before `before`, with all they left, [`super::BATCH`] at the most.
/// Answers how many went.
///
/// # Errors
/// The database's.
pub async fn purge_guests(db: &Db, before: Timestamp) -> Result<u64, DbErr> {
    let sql = "DELETE FROM users WHERE id IN \
               (SELECT id FROM users WHERE guest AND created_at < $1 LIMIT $2)";
    execute(db, sql, [before.into(), super::BATCH.into()]).await
}

fn username_taken() -> FieldError {
    FieldError { field: "username".into(), message: "This user name is taken.".into() }
}

fn email_taken() -> FieldError {
    FieldError {
        field: "email".into(),
        message: "There is an account with this address already.".into(),
    }
}

/// Which unique index refused the row: both databases name the column.
fn taken(error: &DbErr) -> Option<AppError> {
    let Some(SqlErr::UniqueConstraintViolation(message)) = error.sql_err() else { return None };
    let field = if message.contains("email_key") { email_taken() } else { username_taken() };
    Some(AppError::validation(vec![field]))
}
