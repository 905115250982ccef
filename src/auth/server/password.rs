//! Passwords: Argon2id on threads of its own, which keep their working memory and step back for
//! everything else. Measuring how hard a password is to guess is done there too.
//!
//! Parameters: 19 MiB, two passes, one lane (OWASP Password Storage Cheat Sheet).
//! An unknown user costs the same as a wrong password (ASVS 6.3.8).
//!
//! Passwords are hashed in a prepared form ([`password_text`]). Hashes from before that, and hashes with other
//! parameters, are still verified, and are to be replaced at a login (ASVS 11.2.2). A hash with other parameters
//! takes another time than an unknown user until then.

use super::password_text;
use crate::{
    auth::types::Password,
    error::{AppError, ErrorCode},
    server::timing::{self, Part},
};
use anyhow::{Context, anyhow};
use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash, Salt},
};
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

/// Asking the allocator for 19 MiB at every hash takes about as long as hashing, so each thread keeps
/// them. What a hash leaves there is overwritten by the next.
type Memory = Vec<Block>;
type Work = Box<dyn FnOnce(&mut Memory) + Send>;

/// The result of verifying a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verified {
    /// It is another password, or there is no hash.
    Wrong,
    /// It is the password.
    Right,
    /// It is the password, but the hash should be replaced: it is of the text as typed, or has other parameters
    /// than new hashes.
    RightButOutdated,
}

impl Verified {
    /// Whether it is the password.
    pub fn is_right(self) -> bool {
        self != Self::Wrong
    }
}

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

fn hash(memory: &mut Memory, password: &[u8]) -> anyhow::Result<String> {
    let mut salt = [0; Salt::RECOMMENDED_LENGTH];
    getrandom::fill(&mut salt).map_err(|error| anyhow!("no random bytes: {error}"))?;
    let (algorithm, version, params) = (Algorithm::Argon2id, Version::V0x13, Params::DEFAULT);
    let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
    compute(memory, &Argon2::new(algorithm, version, params.clone()), password, &salt, &mut out)?;
    let hash = PasswordHash {
        algorithm: algorithm.ident(),
        version: Some(version.into()),
        params: ParamsString::try_from(&params).context("writing the parameters of a hash")?,
        salt: Some(Salt::new(&salt).context("writing the salt of a hash")?),
        hash: Some(Output::new(&out).context("writing a hash")?),
    };
    Ok(hash.to_string())
}

/// Verifies a password in its prepared form, and then as it was typed if that is another text: hashes from
/// before passwords were prepared are of the typed text.
fn verify(memory: &mut Memory, password: &Password, hash: &str) -> anyhow::Result<Verified> {
    let prepared = password_text::prepare(password);
    if matches(memory, prepared.as_bytes(), hash)? {
        let is_current = is_current(hash)?;
        return Ok(if is_current { Verified::Right } else { Verified::RightButOutdated });
    }
    let typed = password.reveal();
    let is_former = typed != prepared.as_str() && matches(memory, typed.as_bytes(), hash)?;
    Ok(if is_former { Verified::RightButOutdated } else { Verified::Wrong })
}

/// Whether the hash has the parameters of new hashes.
fn is_current(hash: &str) -> anyhow::Result<bool> {
    let hash = PasswordHash::new(hash).context("reading a password hash")?;
    let params = Params::try_from(&hash).context("reading the parameters of a password hash")?;
    let costs = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
    Ok(hash.algorithm == Algorithm::Argon2id.ident()
        && hash.version == Some(Version::V0x13.into())
        && costs(&params) == costs(&Params::DEFAULT)
        && hash.salt.is_some_and(|salt| salt.len() >= Salt::RECOMMENDED_LENGTH)
        && hash.hash.is_some_and(|out| out.len() == Params::DEFAULT_OUTPUT_LEN))
}

/// Whether a text is that of the hash, with the hash's own parameters.
fn matches(memory: &mut Memory, password: &[u8], hash: &str) -> anyhow::Result<bool> {
    let hash = PasswordHash::new(hash).context("reading a password hash")?;
    let algorithm = Algorithm::try_from(hash.algorithm.as_str()).context("of a password hash")?;
    let version = hash.version.map_or(Ok(Version::default()), Version::try_from);
    let params = Params::try_from(&hash).context("reading the parameters of a password hash")?;
    let argon2 = Argon2::new(algorithm, version.context("of a password hash")?, params);
    let (Some(salt), Some(stored)) = (hash.salt, hash.hash) else {
        return Err(anyhow!("a password hash without salt or hash"));
    };
    let mut out = vec![0; stored.len()];
    compute(memory, &argon2, password, salt.as_ref(), &mut out)?;
    // Compared in constant time by the type.
    Ok(Output::new(&out).context("comparing password hashes")? == stored)
}

fn compute(
    memory: &mut Memory,
    argon2: &Argon2<'_>,
    password: &[u8],
    salt: &[u8],
    out: &mut [u8],
) -> anyhow::Result<()> {
    let blocks = argon2.params().block_count();
    if memory.len() < blocks {
        memory.resize(blocks, Block::default());
    }
    argon2
        .hash_password_into_with_memory(password, salt, out, &mut memory[..blocks])
        .map_err(|error| anyhow!("hashing a password: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::password_hash::{PasswordHasher, PasswordVerifier};

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

    #[test]
    fn former_hashes_are_right_but_outdated() {
        let mut memory = Memory::new();
        let typed = hash(&mut memory, DECOMPOSED.as_bytes()).unwrap();
        let mut check = |text, hash: &str| verify(&mut memory, &password(text), hash).unwrap();
        assert_eq!(check(DECOMPOSED, &typed), Verified::RightButOutdated);
        assert_eq!(check("another", &typed), Verified::Wrong);
        let params = Params::new(64, 3, 1, None).unwrap();
        let cheap = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let cheap = cheap.hash_password(COMPOSED.as_bytes()).unwrap().to_string();
        assert_eq!(check(DECOMPOSED, &cheap), Verified::RightButOutdated);
        let argon2i = Argon2::new(Algorithm::Argon2i, Version::V0x13, Params::DEFAULT);
        let argon2i = argon2i.hash_password(b"correct horse").unwrap().to_string();
        assert_eq!(check("correct horse", &argon2i), Verified::RightButOutdated);
        assert_eq!(check("correct house", &argon2i), Verified::Wrong);
    }

    /// Kept memory must change nothing: the crate's own calls make and read the same hashes.
    #[test]
    fn the_hashes_are_those_of_the_library() {
        let mut memory = Memory::new();
        let ours = hash(&mut memory, b"correct horse").unwrap();
        let parsed = PasswordHash::new(&ours).unwrap();
        Argon2::default().verify_password(b"correct horse", &parsed).unwrap();
        let other = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(64, 3, 1, Some(24)).unwrap(),
        );
        let theirs = other.hash_password(b"correct horse").unwrap().to_string();
        assert!(matches(&mut memory, b"correct horse", &theirs).unwrap());
        assert!(!matches(&mut memory, b"correct house", &theirs).unwrap());
    }

    #[test]
    fn what_is_no_hash_is_an_error_and_no_match() {
        for text in ["", "hunter2", "$argon2id$v=19$m=19456,t=2,p=1$", "$scrypt$ln=1$AAAA$AAAA"] {
            assert!(verify(&mut Memory::new(), &password("x"), text).is_err(), "{text}");
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
