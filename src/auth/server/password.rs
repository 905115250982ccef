//! Passwords: Argon2id off the async threads, a few at once.
//!
//! Parameters: 19 MiB, two passes, one lane (OWASP Password Storage Cheat Sheet).
//! An unknown user costs the same as a wrong password (ASVS 6.3.8).

use crate::{
    auth::types::Password,
    error::{AppError, ErrorCode},
};
use anyhow::Context;
use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use std::{fmt, num::NonZero, sync::Arc};
use tokio::sync::Semaphore;

/// How many may wait for their turn before the server says that it is busy.
const QUEUE: usize = 64;

/// Hashes and checks passwords.
pub struct Passwords {
    argon2: Argon2<'static>,
    turns: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    /// What the password of an unknown user is checked against.
    nobody: String,
}

impl Passwords {
    /// Leaves one processor to everything else, so that a flood of logins starves no refresh.
    ///
    /// # Errors
    /// Only if the operating system gives no random bytes.
    pub fn new() -> anyhow::Result<Self> {
        let argon2 = Argon2::default();
        let nobody =
            argon2.hash_password(b"nobody has this password").context("hashing a password")?;
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        Ok(Self {
            argon2,
            turns: Arc::new(Semaphore::new(processors.saturating_sub(1).max(1))),
            queue: Arc::new(Semaphore::new(QUEUE)),
            nobody: nobody.to_string(),
        })
    }

    /// Hashes a password; answers a PHC string (`$argon2id$…`).
    ///
    /// # Errors
    /// `unavailable` when too many wait already.
    pub async fn hash(&self, password: Password) -> Result<String, AppError> {
        let argon2 = self.argon2.clone();
        self.run(move || {
            argon2.hash_password(password.reveal().as_bytes()).map(|hash| hash.to_string())
        })
        .await?
        .map_err(|error| {
            AppError::internal(anyhow::Error::new(error).context("hashing a password"))
        })
    }

    /// Whether this is the password behind the hash; never, and as slowly, where there is no hash.
    ///
    /// # Errors
    /// `unavailable` when too many wait already.
    pub async fn verify(&self, password: Password, hash: Option<&str>) -> Result<bool, AppError> {
        let argon2 = self.argon2.clone();
        let known = hash.is_some();
        let hash = hash.unwrap_or(&self.nobody).to_owned();
        let right = self
            .run(move || {
                PasswordHash::new(&hash)
                    .map(|hash| argon2.verify_password(password.reveal().as_bytes(), &hash).is_ok())
            })
            .await?
            .map_err(|error| {
                AppError::internal(anyhow::Error::new(error).context("reading a password hash"))
            })?;
        Ok(known && right)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AppError> {
        let busy = || AppError::new(ErrorCode::Unavailable).retry_after(2);
        let _place = self.queue.try_acquire().map_err(|_| busy())?;
        let turn = self.turns.clone().acquire_owned().await.map_err(|_| busy())?;
        // The turn goes with the work: a caller who hangs up does not let another one start early.
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        })
        .await
        .map_err(|error| {
            AppError::internal(anyhow::Error::new(error).context("hashing a password"))
        })
    }
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passwords")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::new(text.to_owned())
    }

    #[tokio::test]
    async fn a_password_is_kept_as_argon2id_with_the_parameters_of_the_cheat_sheet() {
        let passwords = Passwords::new().unwrap();
        let hash = passwords.hash(password("correct horse")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify(password("correct horse"), Some(&hash)).await.unwrap());
        assert!(!passwords.verify(password("correct house"), Some(&hash)).await.unwrap());
        assert!(!passwords.verify(password("nobody has this password"), None).await.unwrap());
    }

    #[tokio::test]
    async fn a_flood_is_told_to_come_back_later() {
        let passwords = Passwords::new().unwrap();
        let _full = passwords.queue.try_acquire_many(64).unwrap();
        let refused = passwords.hash(password("correct horse")).await.unwrap_err();
        assert_eq!((refused.code, refused.retry_after), (ErrorCode::Unavailable, Some(2)));
    }
}
