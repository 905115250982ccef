//! Limits on what is worth guessing at, what sends mail and what costs work: the first tries are free, and the
//! delay behind each further one is twice as long as the one before (ASVS 6.3.1).
//!
//! A counter that strangers can make grow for a user has a short longest delay, and a browser in which that user has
//! logged in before is counted apart, as is a session that is running. So an attacker delays a user and never locks
//! one out. Clients are counted by their address, with IPv6 by the /64 and, more generously, by the /48. Everything
//! is counted in the database, so that all nodes agree. Refreshes are never counted: a limit there would log users
//! out.

mod codes;
mod mail;
mod passwords;
mod work;

pub use codes::{code, code_was_right};
pub use mail::{link_login, mail, mail_arrived, mail_for_user};
pub use passwords::{password, password_was_right, reauthentication, reauthentication_succeeded};
pub use work::{change, guest, new_password, post, sign_up};

use super::device_cookie;
use crate::{
    auth::server::http::device::Device,
    db::{rate_limit, user::UserRow},
    engine::{clock::Timestamp, refresh_token::TokenHash},
    protocol::error::{AppError, ErrorCode},
    server::{error::ServiceError, state::AppState},
};
use sea_orm::{ConnectionTrait, DbErr, TransactionTrait};
use std::time::Duration;

/// How many tries are free, and how the delay grows behind them.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// The tries that come without a delay.
    pub free: i64,
    /// The delay behind the last free one.
    pub first_delay: Duration,
    /// The longest delay.
    pub longest_delay: Duration,
    /// So long after the first one all are free again.
    pub forgotten_after: Duration,
}

impl Limit {
    /// Delays in seconds, the rest in hours.
    const fn new(free: i64, first_delay: u64, longest_delay: u64, hours: u64) -> Self {
        Self {
            free,
            first_delay: Duration::from_secs(first_delay),
            longest_delay: Duration::from_secs(longest_delay),
            forgotten_after: Duration::from_secs(hours * 60 * 60),
        }
    }

    /// The same for a /48 of IPv6, in which many clients may be.
    const fn wide(self) -> Self {
        Self { free: self.free * 8, ..self }
    }

    /// How often the delay doubles before it is the longest.
    pub fn doublings(&self) -> i64 {
        let times = self.longest_delay.as_secs() / self.first_delay.as_secs().max(1);
        i64::from(times.max(1).ilog2()) + 1
    }
}

/// Longer than any counter counts.
pub const KEPT: Duration = Duration::from_secs(48 * 60 * 60);

type Counter = (TokenHash, Limit);

/// What happens to a counter.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// One more try.
    Count(Limit),
    /// One try less.
    TakeBack(Limit),
    /// As if nothing had been tried.
    Forget,
}

/// The counters of `parts` and the places of a device: one by its address, and for IPv6 one more by its /48.
fn by_place(parts: &[&str], device: &Device, allowance: Limit) -> Vec<Counter> {
    let places = device.places();
    let mut counters = vec![(what(&[parts, &[places.near.as_str()]].concat()), allowance)];
    if let Some(wide) = &places.wide {
        counters.push((what(&[parts, &[wide.as_str()]].concat()), allowance.wide()));
    }
    counters
}

/// Counts all of them, or none if one has to wait.
async fn count(state: &AppState, counters: Vec<Counter>) -> Result<(), ServiceError> {
    count_unless(state, counters, &[]).await
}

/// The same, also if one of `others` has to wait, which are not counted.
async fn count_unless(
    state: &AppState,
    counters: Vec<Counter>,
    others: &[Counter],
) -> Result<(), ServiceError> {
    if !state.config.rate_limits {
        return Ok(());
    }
    // A flood that has to wait anyway costs one read, and waits for no turn to write.
    let now = state.clock.now();
    let all: Vec<TokenHash> = counters.iter().chain(others).map(|(what, _)| *what).collect();
    let next_at = rate_limit::next_at(&state.db, &all).await?;
    if next_at.is_some_and(|next_at| next_at > now) {
        return Err(too_many(next_at, now));
    }
    let _turn = state.login_permit().await?;
    let transaction = state.writer.begin().await?;
    for (what, allowance) in in_order(counters) {
        if !rate_limit::count(&transaction, &what, &allowance, now).await? {
            transaction.rollback().await?;
            return Err(too_many(rate_limit::next_at(&state.db, &[what]).await?, now));
        }
    }
    Ok(transaction.commit().await?)
}

/// Does all steps, also if one of them counts a try that has to wait: that is the error then.
async fn settle(state: &AppState, steps: Vec<(TokenHash, Step)>) -> Result<(), ServiceError> {
    if !state.config.rate_limits {
        return Ok(());
    }
    let now = state.clock.now();
    let _turn = state.login_permit().await?;
    let transaction = state.writer.begin().await?;
    let refused = take(&transaction, steps, now).await?;
    transaction.commit().await?;
    match refused {
        Some(what) => Err(too_many(rate_limit::next_at(&state.db, &[what]).await?, now)),
        None => Ok(()),
    }
}

/// Takes these steps in a transaction. Returns a counter that has to wait, if there is one.
async fn take(
    db: &impl ConnectionTrait,
    steps: Vec<(TokenHash, Step)>,
    now: Timestamp,
) -> Result<Option<TokenHash>, DbErr> {
    let mut refused = None;
    for (what, step) in in_order(steps) {
        match step {
            Step::Count(allowance) => {
                if !rate_limit::count(db, &what, &allowance, now).await? {
                    refused = Some(what);
                }
            }
            Step::TakeBack(allowance) => rate_limit::decrement(db, &what, &allowance).await?,
            Step::Forget => rate_limit::forget(db, &what).await?,
        }
    }
    Ok(refused)
}

/// In one order everywhere, so that two transactions never wait for each other.
fn in_order<T>(mut steps: Vec<(TokenHash, T)>) -> Vec<(TokenHash, T)> {
    steps.sort_by_key(|(what, _)| what.to_vec());
    steps
}

fn too_many(next_at: Option<Timestamp>, now: Timestamp) -> ServiceError {
    let wait = next_at.map_or(Duration::ZERO, |next_at| next_at.since(now)).as_millis();
    let seconds = u32::try_from(wait.div_ceil(1000)).unwrap_or(u32::MAX).max(1);
    AppError::new(ErrorCode::RateLimited).retry_after(seconds).into()
}

/// The mark of a browser in which this user has logged in before, since the password is what it is now.
fn device_cookie<'a>(state: &AppState, user: &UserRow, device: &'a Device) -> Option<&'a str> {
    device.known.as_deref().filter(|mark| device_cookie::is_mark(&state.keys, mark, user))
}

/// The hashed key of a counter: the table shows neither names nor addresses. The lengths keep the parts apart.
fn what(parts: &[&str]) -> TokenHash {
    let parts: Vec<String> = parts.iter().map(|part| format!("{}:{part}", part.len())).collect();
    TokenHash::of(&parts.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_doubles_until_it_is_the_longest() {
        assert_eq!(Limit::new(1, 1, 1, 1).doublings(), 1);
        assert_eq!(Limit::new(1, 1, 30, 1).doublings(), 5);
        assert_eq!(Limit::new(1, 2, 900, 1).doublings(), 9);
    }

    #[test]
    fn ipv6_is_counted_by_two_networks_and_ipv4_by_its_address() {
        let counters = |ip: &str| {
            let device = Device { ip: ip.parse().ok(), ..Device::default() };
            by_place(&["x"], &device, Limit::new(5, 1, 1, 1))
        };
        let shared = |one: &str, other: &str| {
            let others: Vec<_> = counters(other).iter().map(|(what, _)| what.to_vec()).collect();
            let own = counters(one).into_iter().filter(|(what, _)| others.contains(&what.to_vec()));
            own.map(|(_, allowance)| allowance.free).collect::<Vec<_>>()
        };
        assert_eq!(shared("192.0.2.1", "192.0.2.1"), [5]);
        assert!(shared("192.0.2.1", "192.0.2.2").is_empty());
        assert_eq!(shared("2001:db8:1:2::1", "2001:db8:1:2::2"), [5, 40]);
        assert_eq!(shared("2001:db8:1:2::1", "2001:db8:1:3::1"), [40]);
        assert!(shared("2001:db8:1::1", "2001:db8:2::1").is_empty());
    }
}
