//! One process a database file. A second one would hand out access tokens of sessions that the first has
//! revoked, and take turns with it to write.

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
/// Another process has it, or the lock file beside it can't be made; names the file.
pub fn acquire(database: &DatabaseUrl) -> anyhow::Result<Option<File>> {
    let Some(file) = database.file() else { return Ok(None) };
    // Without symbolic links: all paths to the database have one lock.
    let file = sqlite_file::create(&file)?;
    let mut beside = file.as_os_str().to_owned();
    beside.push(".lock");
    let beside = PathBuf::from(beside);
    let mut options = File::options();
    let lock = options.write(true).create(true).truncate(false).mode(0o600).open(&beside);
    let lock = lock.with_context(|| format!("opening {}", beside.display()))?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => bail!(
            "another handstamp uses {} (DATABASE_URL); stop that one first, or use PostgreSQL for several nodes",
            file.display()
        ),
        // Some network drives know no locks.
        Err(TryLockError::Error(error)) => {
            tracing::warn!(event = "sqlite_lock_unavailable", %error, "the database file can't be locked against a second process");
            Ok(Some(lock))
        }
    }
}
