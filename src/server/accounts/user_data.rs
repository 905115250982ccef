//! What an app stores of its users besides their accounts.

use crate::db::Db;
use futures::future::BoxFuture;
use handstamp_engine::clock::Timestamp;
use sea_orm::{DatabaseTransaction, DbErr};
use std::fmt;
use uuid::Uuid;

/// The data of an app that belongs to users.
///
/// A table with a foreign key on `users` without `ON DELETE CASCADE` needs both methods: the row of a user is deleted
/// only after all rows that refer to it.
pub trait UserData: fmt::Debug + Send + Sync {
    /// Deletes the data of a user, in the transaction that deletes the account.
    ///
    /// # Errors
    /// Fails if a statement fails. Then the account is not deleted.
    fn delete<'a>(
        &'a self,
        db: &'a DatabaseTransaction,
        user: Uuid,
    ) -> BoxFuture<'a, Result<(), DbErr>>;

    /// Deletes at most [`BATCH`](crate::db::BATCH) rows of the guest accounts that were created before `before`.
    /// Returns how many. It is called again while it returns that many.
    ///
    /// # Errors
    /// Fails if the statement fails. It is called again after a minute.
    fn purge_guests<'a>(
        &'a self,
        db: &'a Db,
        before: Timestamp,
    ) -> BoxFuture<'a, Result<u64, DbErr>>;
}

/// An app without data of users.
#[derive(Debug, Clone, Copy)]
pub struct NoUserData;

impl UserData for NoUserData {
    fn delete<'a>(
        &'a self,
        _: &'a DatabaseTransaction,
        _: Uuid,
    ) -> BoxFuture<'a, Result<(), DbErr>> {
        Box::pin(async { Ok(()) })
    }

    fn purge_guests<'a>(&'a self, _: &'a Db, _: Timestamp) -> BoxFuture<'a, Result<u64, DbErr>> {
        Box::pin(async { Ok(0) })
    }
}
