//! How often somebody may try what is worth guessing at, or what sends mail: the first tries are free,
//! and the delay behind each one more is twice as long as the one before (ASVS 6.3.1).
//!
//! Nobody is locked out: what counts for an account as a whole has a short longest delay, because anybody
//! can make it grow. It is counted in the database, so that all nodes agree. Refreshes are never counted:
//! a limit there would log people out.

use super::{device::Device, stamp::Fingerprint};
use crate::{
    db::tries,
    error::{AppError, ErrorCode},
    server::{clock::Timestamp, state::AppState},
};
use sea_orm::{ConnectionTrait, DbErr, TransactionTrait};
use std::time::Duration;

/// How many tries are free, and how the delay grows behind them.
#[derive(Debug, Clone, Copy)]
pub struct Allowance {
    /// The tries that come without a delay.
    pub free: i64,
    /// The delay behind the last free one.
    pub first_delay: Duration,
    /// The longest delay.
    pub longest_delay: Duration,
    /// Without a try for this long, all are free again.
    pub forgotten_after: Duration,
}

impl Allowance {
    const fn new(free: i64, first_delay: u64, longest_delay: u64) -> Self {
        Self {
            free,
            first_delay: Duration::from_secs(first_delay),
            longest_delay: Duration::from_secs(longest_delay),
            forgotten_after: Duration::from_secs(60 * 60),
        }
    }

    /// How often the delay doubles before it is the longest.
    pub fn doublings(&self) -> i64 {
        let times = self.longest_delay.as_secs() / self.first_delay.as_secs().max(1);
        i64::from(times.max(1).ilog2()) + 1
    }
}

/// Passwords for one account from one address.
const ACCOUNT_FROM_HERE: Allowance = Allowance::new(5, 2, 15 * 60);
/// Passwords for one account from everywhere. Strangers can make this one grow.
const ACCOUNT: Allowance = Allowance::new(20, 1, 30);
/// Passwords from one address, for any account.
const ADDRESS: Allowance = Allowance::new(60, 1, 5 * 60);
/// Codes for one account. Only who has the password gets here.
const CODES: Allowance = Allowance::new(5, 2, 15 * 60);
/// New accounts from one address.
const SIGN_UPS: Allowance = Allowance::new(40, 1, 10 * 60);
/// Mail to one address that was asked for from one place.
const MAIL_FROM_HERE: Allowance = Allowance::new(4, 30, 60 * 60);
/// Mail to one address. Strangers can make this one grow.
const MAIL_TO: Allowance = Allowance::new(12, 5, 2 * 60);
/// Mail that was asked for from one place.
const MAIL_FROM: Allowance = Allowance::new(20, 5, 30 * 60);

/// Longer than any of them is remembered.
pub const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// A try that was let through: what it was counted under.
#[derive(Debug, Default)]
pub struct Counted {
    /// Forgotten where the try succeeds.
    forgiven: Vec<Fingerprint>,
    /// Counted for all accounts together: only this one try is taken back.
    shared: Option<Fingerprint>,
}

impl Counted {
    /// The try succeeded: what failed before it is forgotten.
    ///
    /// # Errors
    /// The database's.
    pub async fn succeed(&self, db: &impl ConnectionTrait) -> Result<(), DbErr> {
        for what in &self.forgiven {
            tries::forget(db, what).await?;
        }
        match &self.shared {
            Some(what) => tries::take_back(db, what).await,
            None => Ok(()),
        }
    }
}

/// Counts a password for the account of this folded name or address, which may not exist.
///
/// # Errors
/// `rate_limited`.
pub async fn password(state: &AppState, name: &str, device: &Device) -> Result<Counted, AppError> {
    let place = device.counted_as();
    let here = what(&["password", name, &place]);
    let everywhere = what(&["password", name]);
    let address = what(&["password from", &place]);
    let counts = [(here, ACCOUNT_FROM_HERE), (everywhere, ACCOUNT), (address, ADDRESS)];
    count(state, &counts).await?;
    Ok(Counted { forgiven: vec![here, everywhere], shared: Some(address) })
}

/// Counts a code of the second factor.
///
/// # Errors
/// `rate_limited`.
pub async fn code(state: &AppState, user: &str) -> Result<Counted, AppError> {
    let what = what(&["code", user]);
    count(state, &[(what, CODES)]).await?;
    Ok(Counted { forgiven: vec![what], shared: None })
}

/// Counts a new account.
///
/// # Errors
/// `rate_limited`.
pub async fn sign_up(state: &AppState, device: &Device) -> Result<(), AppError> {
    count(state, &[(what(&["sign up", &device.counted_as()]), SIGN_UPS)]).await
}

/// Counts a mail that was asked for.
///
/// # Errors
/// `rate_limited`.
pub async fn mail(state: &AppState, to: &str, device: &Device) -> Result<(), AppError> {
    let place = device.counted_as();
    let counts = [
        (what(&["mail", to, &place]), MAIL_FROM_HERE),
        (what(&["mail", to]), MAIL_TO),
        (what(&["mail from", &place]), MAIL_FROM),
    ];
    count(state, &counts).await
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

fn too_many(next_at: Option<Timestamp>, now: Timestamp) -> AppError {
    let wait = next_at.map_or(Duration::ZERO, |next_at| next_at.since(now)).as_millis();
    let seconds = u32::try_from(wait.div_ceil(1000)).unwrap_or(u32::MAX).max(1);
    AppError::new(ErrorCode::RateLimited).retry_after(seconds)
}

/// What is counted, without its words: names and addresses that nobody has are nobody's business.
fn what(parts: &[&str]) -> Fingerprint {
    Fingerprint::of(&parts.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_doubles_until_it_is_the_longest() {
        assert_eq!(Allowance::new(1, 1, 1).doublings(), 1);
        assert_eq!(Allowance::new(1, 1, 30).doublings(), 5);
        assert_eq!(Allowance::new(1, 2, 900).doublings(), 9);
    }
}
