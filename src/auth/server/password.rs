//! Passwords: Argon2id on threads of its own, which keep their working memory and step back for
//! everything else. Measuring how hard a password is to guess is done there too.
//!
//! Parameters: 19 MiB, two passes, one lane (OWASP Password Storage Cheat Sheet).
//! An unknown user costs the same as a wrong password (ASVS 6.3.8).
//!
//! Passwords are hashed in a prepared form ([`password_text`]). Hashes from before that, and hashes with other
//! parameters, are still verified, and are to be replaced at a login (ASVS 11.2.2). A hash with other parameters
//! takes another time than an unknown user until then.

use super::{
    password_hash::{Memory, Verified, hash, verify},
    password_text,
};
use crate::{
    auth::types::Password,
    error::{AppError, ErrorCode},
    server::timing::{self, Part},
};
use anyhow::{Context, anyhow};
use std::{
    fmt,
    num::NonZero,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
};
use thread_priority::ThreadPriority;
use tokio::sync::oneshot;

/// How many may wait for their turn before the server says that it is busy.
const QUEUE: usize = 64;

/// The most threads that hash. Each keeps 19 MiB.
const MOST_THREADS: usize = 8;

/// Their priority, from 0 to 99. On Linux that is nice 9, the seventh part of what everything else gets.
const LOW: u8 = 25;

type Work = Box<dyn FnOnce(&mut Memory) + Send>;

/// Hashes and checks passwords.
pub struct Passwords {
    work: SyncSender<Work>,
    /// What the password of an unknown user is checked against.
    nobody: String,
}

impl Passwords {
    /// Starts one thread a processor, 8 at the most, each with a low priority: a flood of logins
    /// starves no refresh, and a busy machine no login.
    ///
    /// # Errors
    /// Only if the operating system gives no threads or no random bytes.
    pub fn new() -> anyhow::Result<Self> {
        let (work, waiting) = sync_channel(QUEUE);
        let waiting = Arc::new(Mutex::new(waiting));
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        for _ in 0..processors.min(MOST_THREADS) {
            let waiting = Arc::clone(&waiting);
            let thread = std::thread::Builder::new().name("argon2".to_owned());
            thread.spawn(move || hash_for_ever(&waiting)).context("starting a thread")?;
        }
        let nobody = hash(&mut Memory::new(), b"nobody has this password")?;
        Ok(Self { work, nobody })
    }

    /// Hashes a password in its prepared form. Returns a PHC string (`$argon2id$…`).
    ///
    /// # Errors
    /// `unavailable` when too many wait already.
    pub async fn hash(&self, password: Password) -> Result<String, AppError> {
        self.run(move |memory| hash(memory, password_text::prepare(&password).as_bytes())).await
    }

    /// Verifies a password against a hash. Without a hash the result is always [`Verified::Wrong`], after the same
    /// work.
    ///
    /// # Errors
    /// `unavailable` if too many wait already; `internal` if the hash can't be read.
    pub async fn verify(
        &self,
        password: Password,
        hash: Option<&str>,
    ) -> Result<Verified, AppError> {
        let known = hash.is_some();
        let hash = hash.unwrap_or(&self.nobody).to_owned();
        let verified = self.run(move |memory| verify(memory, &password, &hash)).await?;
        Ok(if known { verified } else { Verified::Wrong })
    }

    /// Works on a password in turn, with a low priority. Work whose caller hung up meanwhile is not begun.
    ///
    /// # Errors
    /// `unavailable` when too many wait already; `internal` where the work fails.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Memory) -> anyhow::Result<T> + Send + 'static,
    ) -> Result<T, AppError> {
        match timing::during(Part::Hash, self.queue_up(work)?).await {
            Ok(done) => done.map_err(AppError::internal),
            Err(_) => Err(AppError::internal(anyhow!("a thread that hashes passwords ended"))),
        }
    }

    fn queue_up<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<oneshot::Receiver<T>, AppError> {
        let (answer, answered) = oneshot::channel();
        let work = Box::new(move |memory: &mut Memory| {
            // Who hung up while waiting costs nothing.
            if !answer.is_closed() {
                let _ = answer.send(work(memory));
            }
        });
        match self.work.try_send(work) {
            Ok(()) => Ok(answered),
            Err(_) => Err(AppError::new(ErrorCode::Unavailable).retry_after(2)),
        }
    }
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passwords")
    }
}

/// Lets the others go first. Not without end: at the least priority of all (`SCHED_IDLE`, or nice 19) a login
/// waited for seconds wherever something else kept the processors busy, and no refresh was faster for it.
fn step_back() -> anyhow::Result<()> {
    let low = ThreadPriority::Crossplatform(LOW.try_into().map_err(anyhow::Error::msg)?);
    lower_to(low).map_err(Into::into)
}

/// `SCHED_BATCH`: whoever wakes up is not kept waiting for work that takes its time.
#[cfg(target_os = "linux")]
fn lower_to(priority: ThreadPriority) -> Result<(), thread_priority::Error> {
    use thread_priority::{
        NormalThreadSchedulePolicy::Batch, ThreadSchedulePolicy::Normal,
        set_thread_priority_and_policy, thread_native_id,
    };
    set_thread_priority_and_policy(thread_native_id(), priority, Normal(Batch))
}

#[cfg(not(target_os = "linux"))]
fn lower_to(priority: ThreadPriority) -> Result<(), thread_priority::Error> {
    thread_priority::set_current_thread_priority(priority)
}

/// Until the way in is dropped.
fn hash_for_ever(waiting: &Mutex<Receiver<Work>>) {
    if let Err(error) = step_back() {
        tracing::warn!(?error, "hashing passwords has the same priority as everything else");
    }
    let mut memory = Memory::new();
    loop {
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(work) = next else { return };
        // A bug in one piece of work is the error of its caller, and no end of the others.
        let _ = catch_unwind(AssertUnwindSafe(|| work(&mut memory)));
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
        for (typed, hash, verified) in [
            ("correct horse", Some(hash.as_str()), Verified::Right),
            ("correct house", Some(hash.as_str()), Verified::Wrong),
            ("nobody has this password", None, Verified::Wrong),
        ] {
            assert_eq!(passwords.verify(password(typed), hash).await.unwrap(), verified, "{typed}");
        }
    }

    const COMPOSED: &str = "na\u{ef}ve caf\u{e9} 1815";
    const DECOMPOSED: &str = "nai\u{308}ve cafe\u{301} 1815";

    #[tokio::test]
    async fn a_password_is_one_however_its_letters_are_composed() {
        let passwords = Passwords::new().unwrap();
        for (first, then) in [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)] {
            let hash = passwords.hash(password(first)).await.unwrap();
            let verified = passwords.verify(password(then), Some(&hash)).await.unwrap();
            assert_eq!(verified, Verified::Right);
        }
    }

    #[tokio::test]
    async fn work_that_breaks_off_is_an_error_and_the_threads_go_on() {
        let passwords = Passwords::new().unwrap();
        for _ in 0..2 * MOST_THREADS {
            let broken = passwords.run(|_| -> anyhow::Result<()> { panic!("a bug") }).await;
            assert_eq!(broken.unwrap_err().code, ErrorCode::Internal);
        }
        assert!(passwords.hash(password("correct horse")).await.is_ok());
    }

    #[tokio::test]
    async fn a_flood_is_told_to_come_back_later() {
        let passwords = Passwords::new().unwrap();
        let (_gate, shut) = sync_channel::<()>(0);
        let shut = Arc::new(Mutex::new(shut));
        let mut waiting = Vec::new();
        let refused = loop {
            let shut = Arc::clone(&shut);
            match passwords.queue_up(move |_| shut.lock().is_ok_and(|shut| shut.recv().is_ok())) {
                Ok(answered) => waiting.push(answered),
                Err(refused) => break refused,
            }
        };
        assert!(waiting.len() >= QUEUE);
        assert_eq!((refused.code, refused.retry_after), (ErrorCode::Unavailable, Some(2)));
    }
}
