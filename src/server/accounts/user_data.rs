//! The data of an application that belongs to its users.

use crate::db::Db;
use futures::future::BoxFuture;
use handstamp_engine::clock::Timestamp;
use sea_orm::{DatabaseTransaction, DbErr};
use std::fmt;
use uuid::Uuid;

/// Deletes an application's data together with the accounts that it belongs to.
///
/// A table with a foreign key on `users` without `ON DELETE CASCADE` needs both methods: the row of a user is deleted
/// only after all rows that refer to it.
pub trait UserData: fmt::Debug + Send + Sync {
    /// Deletes the data of a user, in the transaction that deletes the account.
    ///
    /// # Errors
    /// Fails if a statement fails. The account is not deleted then.
    fn delete<'a>(
        &'a self,
        db: &'a DatabaseTransaction,
        user: Uuid,
    ) -> BoxFuture<'a, Result<(), DbErr>>;

    /// Deletes at most [`BATCH`](crate::db::BATCH) rows that belong to guest accounts created before `before`. Returns
    /// the number of deleted rows. Called again as long as it returns `BATCH`.
    ///
    /// # Errors
    /// Fails if the statement fails. The call is retried after a minute.
    fn purge_guests<'a>(
        &'a self,
        db: &'a Db,
        before: Timestamp,
    ) -> BoxFuture<'a, Result<u64, DbErr>>;
}

/// An application that stores no data of its users.
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
