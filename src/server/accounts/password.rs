//! Passwords: Argon2id on dedicated threads, which keep their working memory and have a low priority. The strength of
//! passwords is measured there too. Work waits in a queue that is fair between networks and accounts ([`HashQueue`]).
//!
//! Parameters: 19 MiB, two passes, one lane (OWASP Password Storage Cheat Sheet).
//! An unknown user costs the same as a wrong password (ASVS 6.3.8).
//!
//! Passwords are hashed in a prepared form ([`password_text`]). Hashes of unprepared passwords and hashes with other
//! parameters are still verified, and are replaced at the next login (ASVS 11.2.2). Until then, verifying a hash with
//! other parameters takes another time than an unknown user.

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

/// How many pieces of work may wait. Further ones fail with `unavailable`.
const MAX_QUEUE: usize = 64;

/// No limit on the concurrent work of a lane.
pub(super) const ANY: usize = usize::MAX;

/// The maximum number of hashing threads. Each keeps 19 MiB.
const MAX_THREADS: usize = 8;

/// The priority of the hashing threads, from 0 to 99. On Linux that is nice 9, a seventh of the processor time of a
/// normal thread.
const LOW_PRIORITY: u8 = 25;

type Work = Box<dyn FnOnce(&mut Memory) + Send>;

/// Hashes and verifies passwords.
pub struct Passwords {
    queue: Arc<HashQueue<Work>>,
    /// The hash that is verified for an unknown user, so that the response takes the same time.
    dummy_hash: String,
}

impl Passwords {
    /// Starts one thread per processor, at most 8, with a low priority: many logins don't delay refreshes, and a busy
    /// machine still handles logins.
    ///
    /// # Errors
    /// Fails only if the operating system provides no threads or no random bytes.
    pub fn new() -> anyhow::Result<Self> {
        let queue = Arc::new(HashQueue::new(MAX_QUEUE));
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        for _ in 0..processors.min(MAX_THREADS) {
            let queue = Arc::clone(&queue);
            let thread = std::thread::Builder::new().name("argon2".to_owned());
            thread.spawn(move || worker_loop(&queue)).context("starting a thread")?;
        }
        let dummy_hash = hash(&mut Memory::new(), b"the password of no user")?;
        Ok(Self { queue, dummy_hash })
    }

    /// Hashes a password in its prepared form. Returns a PHC string (`$argon2id$…`).
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
        let known = hash.is_some();
        let hash = hash.unwrap_or(&self.dummy_hash).to_owned();
        let work = move |memory: &mut Memory| verify(memory, &password, &hash);
        let verified = self.run(lane, ANY, work).await?;
        Ok(if known { verified } else { Verified::Wrong })
    }

    /// Queues work on a password for a hashing thread. The lane may have `most` pieces of work at a time. Work is
    /// skipped if its caller was cancelled before it started.
    ///
    /// # Errors
    /// `unavailable` if the queue is full or drops the work for another lane; `internal` if the work fails.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        lane: &Lane,
        most: usize,
        work: impl FnOnce(&mut Memory) -> anyhow::Result<T> + Send + 'static,
    ) -> Result<T, ServiceError> {
        let waiting = tracing::trace_span!(target: TIMING, "hash");
        match self.enqueue(lane, most, work)?.instrument(waiting).await {
            Ok(Ok(done)) => done.map_err(ServiceError::internal),
            Ok(Err(_)) => Err(ServiceError::internal(anyhow!("work on a password panicked"))),
            // The queue dropped it for work of another lane.
            Err(_) => Err(busy()),
        }
    }

    fn enqueue<T: Send + 'static>(
        &self,
        lane: &Lane,
        most: usize,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<oneshot::Receiver<std::thread::Result<T>>, ServiceError> {
        let (answer, answered) = oneshot::channel();
        let work: Work = Box::new(move |memory| {
            if !answer.is_closed() {
                let _ = answer.send(catch_unwind(AssertUnwindSafe(|| work(memory))));
            }
        });
        self.queue.push(lane, most, work).map_err(|_| busy())?;
        Ok(answered)
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

/// Lowers the priority of the current thread. With the lowest priority (`SCHED_IDLE`, or nice 19) logins took seconds
/// while other processes kept the processors busy, and refreshes were not faster.
fn lower_priority() -> anyhow::Result<()> {
    let low = ThreadPriority::Crossplatform(LOW_PRIORITY.try_into().map_err(anyhow::Error::msg)?);
    set_priority(low).map_err(Into::into)
}

/// `SCHED_BATCH`: threads that become runnable are not delayed by long computations.
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

/// Does the queued work until the queue is closed.
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
        // The work reports its own panics to the caller. One that is caught here comes from dropping the result.
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
