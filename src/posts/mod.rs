//! The posts of the demo: a protected resource of the JSON API.

pub mod api;
pub mod db;
mod text;

use futures::future::BoxFuture;
use handstamp_engine::clock::Timestamp;
use handstamp_server::{accounts::user_data::UserData, db::Db};
use sea_orm::{DatabaseTransaction, DbErr};
use uuid::Uuid;

/// Deletes the posts of a user together with the account.
#[derive(Debug, Clone, Copy)]
pub struct PostsOfUsers;

impl UserData for PostsOfUsers {
    fn delete<'a>(
        &'a self,
        db: &'a DatabaseTransaction,
        user: Uuid,
    ) -> BoxFuture<'a, Result<(), DbErr>> {
        Box::pin(db::delete_of_user(db, user))
    }

    fn purge_guests<'a>(
        &'a self,
        db: &'a Db,
        before: Timestamp,
    ) -> BoxFuture<'a, Result<u64, DbErr>> {
        Box::pin(db::purge_of_guests(db, before))
    }
}
