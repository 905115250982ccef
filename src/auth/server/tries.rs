//! How often somebody may try what is worth guessing at, or what sends mail: the first tries are free,
//! and the delay behind each one more is twice as long as the one before (ASVS 6.3.1).
//!
//! Nobody is locked out: what counts for an account as a whole has a short longest delay, because anybody
//! can make it grow, and browsers that the person has logged in with before are counted apart. It is counted
//! in the database, so that all nodes agree. Refreshes are never counted: a limit there would log people out.

use super::{device::Device, known, stamp::Fingerprint};
use crate::{
    db::{tries, user::UserRow},
    error::{AppError, ErrorCode},
    server::{clock::Timestamp, state::AppState},
};
use sea_orm::{ConnectionTrait, TransactionTrait};
use std::time::Duration;
use uuid::Uuid;

/// How many tries are free, and how the delay grows behind them.
#[derive(Debug, Clone, Copy)]
pub struct Allowance {
    /// The tries that come without a delay.
    pub free: i64,
    /// The delay behind the last free one.
    pub first_delay: Duration,
    /// The longest delay.
    pub longest_delay: Duration,
    /// So long after the first one all are free again.
    pub forgotten_after: Duration,
}

impl Allowance {
    /// Delays in seconds, the rest in hours.
    const fn new(free: i64, first_delay: u64, longest_delay: u64, hours: u64) -> Self {
        Self {
            free,
            first_delay: Duration::from_secs(first_delay),
            longest_delay: Duration::from_secs(longest_delay),
            forgotten_after: Duration::from_secs(hours * 60 * 60),
        }
    }

    /// How often the delay doubles before it is the longest.
    pub fn doublings(&self) -> i64 {
        let times = self.longest_delay.as_secs() / self.first_delay.as_secs().max(1);
        i64::from(times.max(1).ilog2()) + 1
    }
}

/// Passwords for one account from one address.
const ACCOUNT_FROM_HERE: Allowance = Allowance::new(5, 2, 15 * 60, 6);
/// Passwords for one account from everywhere. Strangers can make this one grow.
const ACCOUNT: Allowance = Allowance::new(20, 1, 30, 1);
/// Passwords from one address, for any account.
const ADDRESS: Allowance = Allowance::new(60, 1, 5 * 60, 1);
/// Codes for one account. Only who has the password gets here.
const CODES: Allowance = Allowance::new(5, 2, 15 * 60, 24);
/// New accounts from one address.
const SIGN_UPS: Allowance = Allowance::new(60, 1, 5 * 60, 1);
/// Mail to one address that was asked for from one place.
const MAIL_FROM_HERE: Allowance = Allowance::new(5, 30, 60 * 60, 6);
/// Mail to one address. Strangers can make this one grow.
const MAIL_TO: Allowance = Allowance::new(12, 5, 2 * 60, 1);
/// Mail that was asked for from one place.
const MAIL_FROM: Allowance = Allowance::new(60, 1, 5 * 60, 1);
/// Posts of one person.
const POSTS: Allowance = Allowance::new(60, 1, 60, 1);

/// Longer than any of them is remembered.
pub const KEPT: Duration = Duration::from_secs(48 * 60 * 60);

/// Counts a password for what was typed as name or address, folded, which may be nobody's. Where the person has
/// logged in with this browser before, it counts apart: no stranger makes them wait, also none at the same
/// address.
///
/// # Errors
/// `rate_limited`.
pub async fn password(
    state: &AppState,
    name: &str,
    user: Option<&UserRow>,
    device: &Device,
) -> Result<(), AppError> {
    let place = device.counted_as();
    if let Some(mark) = user.and_then(|user| known_mark(state, &user.email_key, device)) {
        return count(state, &[(what(&["password", name, mark, &place]), ACCOUNT_FROM_HERE)]).await;
    }
    let counts = [
        (what(&["password", name, &place]), ACCOUNT_FROM_HERE),
        (what(&["password from", &place]), ADDRESS),
        (what(&["password", name]), ACCOUNT),
    ];
    count(state, &counts).await
}

/// The password was right, so what was tried before it is forgotten, by name and by address. Of what counts
/// for all accounts together, this one try is taken back.
///
/// # Errors
/// The database's.
pub async fn password_was_right(
    state: &AppState,
    user: &UserRow,
    device: &Device,
) -> Result<(), AppError> {
    let (names, place) = ([&user.username_key, &user.email_key], device.counted_as());
    if let Some(mark) = known_mark(state, &user.email_key, device) {
        // What others have tried still counts for them.
        let forgotten = names.map(|name| what(&["password", name, mark, &place])).into();
        return forgive(state, forgotten, None).await;
    }
    let forgotten =
        names.map(|name| [what(&["password", name, &place]), what(&["password", name])]);
    forgive(state, forgotten.concat(), Some(what(&["password from", &place]))).await
}

/// Counts a password that somebody shows who is logged in already. It counts for this session alone: no
/// stranger makes them wait.
///
/// # Errors
/// `rate_limited`.
pub async fn password_again(state: &AppState, session: Uuid) -> Result<(), AppError> {
    count(state, &[(what(&["password again", &session.to_string()]), ACCOUNT_FROM_HERE)]).await
}

/// It was right.
///
/// # Errors
/// The database's.
pub async fn password_again_was_right(state: &AppState, session: Uuid) -> Result<(), AppError> {
    forgive(state, vec![what(&["password again", &session.to_string()])], None).await
}

/// Counts a code of the second factor.
///
/// # Errors
/// `rate_limited`.
pub async fn code(state: &AppState, user: &UserRow) -> Result<(), AppError> {
    count(state, &[(what(&["code", &user.id.to_string()]), CODES)]).await
}

/// The code was right, so what was tried before it is forgotten.
///
/// # Errors
/// The database's.
pub async fn code_was_right(db: &impl ConnectionTrait, user: &UserRow) -> Result<(), AppError> {
    Ok(tries::forget(db, &what(&["code", &user.id.to_string()])).await?)
}

/// Counts a post.
///
/// # Errors
/// `rate_limited`.
pub async fn post(state: &AppState, author: Uuid) -> Result<(), AppError> {
    count(state, &[(what(&["post", &author.to_string()]), POSTS)]).await
}

/// Counts a new account.
///
/// # Errors
/// `rate_limited`.
pub async fn sign_up(state: &AppState, device: &Device) -> Result<(), AppError> {
    count(state, &[(what(&["sign up", &device.counted_as()]), SIGN_UPS)]).await
}

/// Counts a mail to a folded address that was asked for. What strangers ask for doesn't count where the
/// person has logged in with this browser before.
///
/// # Errors
/// `rate_limited`.
pub async fn mail(state: &AppState, to: &str, device: &Device) -> Result<(), AppError> {
    count_mail(state, to, device, known_mark(state, to, device).is_some()).await
}

/// Counts a mail that somebody asked for who is logged in.
///
/// # Errors
/// `rate_limited`.
pub async fn mail_of_member(state: &AppState, to: &str, device: &Device) -> Result<(), AppError> {
    count_mail(state, to, device, true).await
}

async fn count_mail(
    state: &AppState,
    to: &str,
    device: &Device,
    is_known: bool,
) -> Result<(), AppError> {
    let place = device.counted_as();
    let mut counts = vec![
        (what(&["mail", to, &place]), MAIL_FROM_HERE),
        (what(&["mail from", &place]), MAIL_FROM),
    ];
    if !is_known {
        counts.push((what(&["mail", to]), MAIL_TO));
    }
    count(state, &counts).await
}

/// A link that was sent has arrived and was used, so the mail to its address is forgotten.
///
/// # Errors
/// The database's.
pub async fn mail_arrived(state: &AppState, to: &str, device: &Device) -> Result<(), AppError> {
    let place = device.counted_as();
    let shared = Some(what(&["mail from", &place]));
    forgive(state, vec![what(&["mail", to, &place]), what(&["mail", to])], shared).await
}

/// Counts all of them, or none where one has to wait.
async fn count(state: &AppState, counts: &[(Fingerprint, Allowance)]) -> Result<(), AppError> {
    if !state.config.rate_limits {
        return Ok(());
    }
    // In one order everywhere, so that two never wait for each other.
    let mut counts: Vec<_> = counts.iter().collect();
    counts.sort_by_key(|(what, _)| what.to_vec());
    let now = state.clock.now();
    let _turn = state.turn_to_write().await?;
    let transaction = state.writer.begin().await?;
    for (what, allowance) in counts {
        if !tries::count(&transaction, what, allowance, now).await? {
            transaction.rollback().await?;
            return Err(too_many(tries::next_at(&state.db, what).await?, now));
        }
    }
    Ok(transaction.commit().await?)
}

/// Forgets these tries, and takes one of `shared` back.
async fn forgive(
    state: &AppState,
    mut forgotten: Vec<Fingerprint>,
    shared: Option<Fingerprint>,
) -> Result<(), AppError> {
    if !state.config.rate_limits {
        return Ok(());
    }
    forgotten.sort_by_key(|what| what.to_vec());
    let _turn = state.turn_to_write().await?;
    if let Some(shared) = shared {
        // Apart from the others: nobody waits for two of these at a time.
        tries::take_back(&state.writer, &shared).await?;
    }
    let transaction = state.writer.begin().await?;
    for what in &forgotten {
        tries::forget(&transaction, what).await?;
    }
    Ok(transaction.commit().await?)
}

fn too_many(next_at: Option<Timestamp>, now: Timestamp) -> AppError {
    let wait = next_at.map_or(Duration::ZERO, |next_at| next_at.since(now)).as_millis();
    let seconds = u32::try_from(wait.div_ceil(1000)).unwrap_or(u32::MAX).max(1);
    AppError::new(ErrorCode::RateLimited).retry_after(seconds)
}

/// What tells that the person with this address has logged in with this browser before.
fn known_mark<'a>(state: &AppState, email_key: &str, device: &'a Device) -> Option<&'a str> {
    device.known.as_deref().filter(|mark| known::is_mark(&state.keys, mark, email_key))
}

/// What is counted, without its words: names and addresses that nobody has are nobody's business. The
/// lengths keep one name from looking like another and an address.
fn what(parts: &[&str]) -> Fingerprint {
    let parts: Vec<String> = parts.iter().map(|part| format!("{}:{part}", part.len())).collect();
    Fingerprint::of(&parts.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_doubles_until_it_is_the_longest() {
        assert_eq!(Allowance::new(1, 1, 1, 1).doublings(), 1);
        assert_eq!(Allowance::new(1, 1, 30, 1).doublings(), 5);
        assert_eq!(Allowance::new(1, 2, 900, 1).doublings(), 9);
    }
}
