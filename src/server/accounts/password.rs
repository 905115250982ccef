//! Hashes and verifies passwords with Argon2id on dedicated threads, which reuse their working memory and have a low
//! priority. They also measure password strength. Jobs wait in a queue that is fair between networks and accounts
//! ([`HashQueue`]).
//!
//! Parameters: 19 MiB, two passes, one lane (OWASP Password Storage Cheat Sheet). A login of an unknown user takes the
//! same time as one with a wrong password (ASVS 6.3.8).
//!
//! Passwords are normalized before hashing ([`password_text`]). Hashes of passwords that were not normalized and hashes
//! with other parameters are still accepted, and are replaced at the next login (ASVS 11.2.2). Until then, the time to
//! verify a hash with other parameters differs from that of an unknown user.

use super::{
    hash_queue::{HashQueue, Lane},
    password_hash::{Memory, Verified, hash, verify},
};
use crate::{error::ServiceError, identity::password_text, timing::TIMING};
use anyhow::{Context, anyhow};
use handstamp_protocol::{
    error::{AppError, ErrorCode},
    types::Password,
};
use std::{
    fmt,
    num::NonZero,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};
use thread_priority::ThreadPriority;
use tokio::sync::oneshot;
use tracing::Instrument;

/// The maximum number of waiting jobs. Further ones fail with `unavailable`.
const MAX_QUEUE: usize = 64;

/// No limit on the concurrent jobs of a lane.
pub(super) const ANY: usize = usize::MAX;

/// The maximum number of hashing threads. Each holds 19 MiB.
const MAX_THREADS: usize = 8;

/// The priority of the hashing threads, from 0 to 99. On Linux this is a nice value of 9, which gets about a seventh of
/// the CPU time of a normal thread.
const LOW_PRIORITY: u8 = 25;

type Work = Box<dyn FnOnce(&mut Memory) + Send>;

/// Hashes and verifies passwords.
pub struct Passwords {
    queue: Arc<HashQueue<Work>>,
    /// The hash that is verified for an unknown user, so that the response takes the same time.
    dummy_hash: String,
}

impl Passwords {
    /// Starts one thread per processor, at most 8. Their priority is low enough for logins not to delay refreshes, and
    /// high enough for logins to finish on a busy machine.
    ///
    /// # Errors
    /// Fails only if the operating system provides no threads or no random bytes.
    pub fn new() -> anyhow::Result<Self> {
        let queue = Arc::new(HashQueue::new(MAX_QUEUE));
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        for _ in 0..processors.min(MAX_THREADS) {
            let queue = Arc::clone(&queue);
            let thread = std::thread::Builder::new().name("argon2".to_owned());
            thread.spawn(move || worker_loop(&queue)).context("starting a hashing thread")?;
        }
        let dummy_hash = hash(&mut Memory::new(), b"the password of no user")?;
        Ok(Self { queue, dummy_hash })
    }

    /// Hashes a normalized password. Returns a PHC string (`$argon2id$…`).
    ///
    /// # Errors
    /// `unavailable` if the queue is full.
    pub async fn hash(&self, password: Password, lane: &Lane) -> Result<String, ServiceError> {
        let work =
            move |memory: &mut Memory| hash(memory, password_text::prepare(&password).as_bytes());
        self.run(lane, ANY, work).await
    }

    /// Verifies a password against a hash. Without a hash the result is always [`Verified::Wrong`], after the same
    /// work.
    ///
    /// # Errors
    /// `unavailable` if the queue is full; `internal` if the hash can't be parsed.
    pub async fn verify(
        &self,
        password: Password,
        hash: Option<&str>,
        lane: &Lane,
    ) -> Result<Verified, ServiceError> {
        let has_hash = hash.is_some();
        let hash = hash.unwrap_or(&self.dummy_hash).to_owned();
        let work = move |memory: &mut Memory| verify(memory, &password, &hash);
        let verified = self.run(lane, ANY, work).await?;
        Ok(if has_hash { verified } else { Verified::Wrong })
    }

    /// Runs a job on a hashing thread. The lane may have at most `max_jobs` jobs at a time. A job is skipped if its
    /// caller was cancelled before the job started.
    ///
    /// # Errors
    /// `unavailable` if the queue is full or drops the job for another lane; `internal` if the job fails.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        lane: &Lane,
        max_jobs: usize,
        work: impl FnOnce(&mut Memory) -> anyhow::Result<T> + Send + 'static,
    ) -> Result<T, ServiceError> {
        let waiting = tracing::trace_span!(target: TIMING, "hash");
        match self.enqueue(lane, max_jobs, work)?.instrument(waiting).await {
            Ok(Ok(done)) => done.map_err(ServiceError::internal),
            Ok(Err(_)) => Err(ServiceError::internal(anyhow!("a password job panicked"))),
            // The queue dropped the job for a job of another lane.
            Err(_) => Err(busy()),
        }
    }

    fn enqueue<T: Send + 'static>(
        &self,
        lane: &Lane,
        max_jobs: usize,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<oneshot::Receiver<std::thread::Result<T>>, ServiceError> {
        let (sender, receiver) = oneshot::channel();
        let work: Work = Box::new(move |memory| {
            if !sender.is_closed() {
                let _ = sender.send(catch_unwind(AssertUnwindSafe(|| work(memory))));
            }
        });
        self.queue.push(lane, max_jobs, work).map_err(|_| busy())?;
        Ok(receiver)
    }
}

impl Drop for Passwords {
    fn drop(&mut self) {
        self.queue.close();
    }
}

fn busy() -> ServiceError {
    AppError::new(ErrorCode::Unavailable).retry_after(2).into()
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passwords")
    }
}

/// Lowers the priority of the current thread. With the lowest priority (`SCHED_IDLE`, or a nice value of 19), logins
/// took seconds on a busy machine, and refreshes were not faster.
fn lower_priority() -> anyhow::Result<()> {
    let low = ThreadPriority::Crossplatform(LOW_PRIORITY.try_into().map_err(anyhow::Error::msg)?);
    set_priority(low).map_err(Into::into)
}

/// Uses `SCHED_BATCH`, so that long computations don't delay other threads that become runnable.
#[cfg(target_os = "linux")]
fn set_priority(priority: ThreadPriority) -> Result<(), thread_priority::Error> {
    use thread_priority::{
        NormalThreadSchedulePolicy::Batch, ThreadSchedulePolicy::Normal,
        set_thread_priority_and_policy, thread_native_id,
    };
    set_thread_priority_and_policy(thread_native_id(), priority, Normal(Batch))
}

#[cfg(not(target_os = "linux"))]
fn set_priority(priority: ThreadPriority) -> Result<(), thread_priority::Error> {
    thread_priority::set_current_thread_priority(priority)
}

/// Runs queued jobs until the queue is closed.
fn worker_loop(queue: &HashQueue<Work>) {
    if let Err(error) = lower_priority() {
        tracing::warn!(
            event = "thread_priority_unchanged",
            ?error,
            "the threads that hash passwords keep the normal priority"
        );
    }
    let mut memory = Memory::new();
    while let Some((lane, work)) = queue.pop() {
        // A job reports its own panics to the caller. A panic that is caught here comes from dropping the result.
        let _ = catch_unwind(AssertUnwindSafe(|| work(&mut memory)));
        queue.done(&lane);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Mutex, mpsc::channel};

    fn lane() -> Lane {
        Lane::of("192.0.2.7/32")
    }

    fn password(text: &str) -> Password {
        Password::new(text.to_owned())
    }

    #[tokio::test]
    async fn passwords_are_hashed_with_argon2id_and_the_owasp_parameters() {
        let passwords = Passwords::new().unwrap();
        let hash = passwords.hash(password("correct horse"), &lane()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        for (typed, hash, verified) in [
            ("correct horse", Some(hash.as_str()), Verified::Right),
            ("correct house", Some(hash.as_str()), Verified::Wrong),
            ("the password of no user", None, Verified::Wrong),
        ] {
            let result = passwords.verify(password(typed), hash, &lane()).await;
            assert_eq!(result.unwrap(), verified, "{typed}");
        }
    }

    const COMPOSED: &str = "na\u{ef}ve caf\u{e9} 1815";
    const DECOMPOSED: &str = "nai\u{308}ve cafe\u{301} 1815";

    #[tokio::test]
    async fn composed_and_decomposed_passwords_are_equal() {
        let passwords = Passwords::new().unwrap();
        for (first, then) in [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)] {
            let hash = passwords.hash(password(first), &lane()).await.unwrap();
            let verified = passwords.verify(password(then), Some(&hash), &lane()).await.unwrap();
            assert_eq!(verified, Verified::Right);
        }
    }

    #[tokio::test]
    async fn a_panic_is_an_error_and_the_threads_continue() {
        let passwords = Passwords::new().unwrap();
        for _ in 0..2 * MAX_THREADS {
            let broken =
                passwords.run(&lane(), ANY, |_| -> anyhow::Result<()> { panic!("a bug") }).await;
            assert_eq!(broken.unwrap_err().code, ErrorCode::Internal);
        }
        assert!(passwords.hash(password("correct horse"), &lane()).await.is_ok());
    }

    #[tokio::test]
    async fn a_flood_from_one_network_does_not_block_another_network() {
        let passwords = Passwords::new().unwrap();
        let (gate, shut) = channel::<()>();
        let shut = Arc::new(Mutex::new(shut));
        let enqueue = |lane: &Lane| {
            let shut = Arc::clone(&shut);
            // Blocks until the gate is dropped.
            passwords.enqueue(lane, ANY, move |_| shut.lock().map(|shut| shut.recv().is_err()).ok())
        };
        // All threads are busy, and the queue is full.
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get).min(MAX_THREADS);
        let mut flood = Vec::new();
        let refused = loop {
            match enqueue(&lane()) {
                Ok(answered) => flood.push(answered),
                Err(refused) if flood.len() == MAX_QUEUE + threads => break refused,
                Err(_) => std::thread::yield_now(),
            }
        };
        assert_eq!((refused.code, refused.retry_after), (ErrorCode::Unavailable, Some(2)));
        let other = enqueue(&Lane::of("203.0.113.5/32")).unwrap();
        assert!(flood.pop().unwrap().await.is_err(), "the newest work is dropped");
        drop(gate);
        assert_eq!(other.await.unwrap().unwrap(), Some(true));
        for answered in flood {
            assert_eq!(answered.await.unwrap().unwrap(), Some(true));
        }
    }
}
