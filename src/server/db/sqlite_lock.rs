//! Ensures that only one process opens a SQLite file. A second process would accept access tokens of sessions that the
//! first one has revoked, and both would compete for the write lock.

use super::{connection::DatabaseUrl, sqlite_file};
use anyhow::{Context, bail};
use std::{
    fs::{File, TryLockError},
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
};

/// Locks the SQLite file against other processes, until the returned lock is dropped or the process ends. Nodes of a
/// PostgreSQL database need no lock.
///
/// # Errors
/// Fails if another process holds the lock, or if the lock file can't be created. The message contains the path.
pub fn acquire(database: &DatabaseUrl) -> anyhow::Result<Option<File>> {
    let Some(file) = database.file() else { return Ok(None) };
    // The path without symbolic links, so that all paths to the database share one lock.
    let file = sqlite_file::create(&file)?;
    let mut lock_file = file.as_os_str().to_owned();
    lock_file.push(".lock");
    let lock_file = PathBuf::from(lock_file);
    let mut options = File::options();
    let lock = options.write(true).create(true).truncate(false).mode(0o600).open(&lock_file);
    let lock = lock.with_context(|| format!("opening {}", lock_file.display()))?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => bail!(
            "another handstamp uses {} (DATABASE_URL); stop that one first, or use PostgreSQL for several nodes",
            file.display()
        ),
        // Some network file systems don't support locks.
        Err(TryLockError::Error(error)) => {
            tracing::warn!(event = "sqlite_lock_unavailable", %error, "the database file can't be locked against a second process");
            Ok(Some(lock))
        }
    }
}
