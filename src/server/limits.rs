//! How often one address may try what is worth guessing at or filling the database with.
//!
//! Valid refreshes are never limited: a limit there would log people out.

use crate::error::{AppError, ErrorCode};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock};
use std::{fmt, num::NonZero};

const BURST: NonZero<u32> = NonZero::new(60).expect("60 is not zero");
const PER_MINUTE: NonZero<u32> = NonZero::new(60).expect("60 is not zero");

/// One allowance an address for logins, sign-ups and guests together: 60 at once, 60 a minute.
pub struct Limits(Option<DefaultKeyedRateLimiter<String>>);

impl Limits {
    /// Limits, or none for load tests.
    pub fn new(on: bool) -> Self {
        let quota = Quota::per_minute(PER_MINUTE).allow_burst(BURST);
        Self(on.then(|| RateLimiter::keyed(quota)))
    }

    /// Counts a try of this address; an unknown address shares one allowance.
    ///
    /// # Errors
    /// `rate_limited` with the seconds to wait.
    pub fn count(&self, ip: Option<&str>) -> Result<(), AppError> {
        let Some(limiter) = &self.0 else { return Ok(()) };
        limiter.check_key(&ip.unwrap_or_default().to_owned()).map_err(|early| {
            let wait = early.wait_time_from(limiter.clock().now()).as_secs();
            let seconds = u32::try_from(wait).unwrap_or(u32::MAX).saturating_add(1);
            AppError::new(ErrorCode::RateLimited).retry_after(seconds)
        })
    }

    /// Forgets the addresses whose allowance is whole again.
    pub fn forget_old(&self) {
        if let Some(limiter) = &self.0 {
            limiter.retain_recent();
        }
    }
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Limits").field(&self.0.is_some()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixty_first_try_of_one_address_waits_and_other_addresses_do_not() {
        let limits = Limits::new(true);
        for _ in 0..60 {
            limits.count(Some("192.0.2.1")).unwrap();
        }
        let refused = limits.count(Some("192.0.2.1")).unwrap_err();
        assert_eq!((refused.code, refused.retry_after), (ErrorCode::RateLimited, Some(1)));
        limits.count(Some("192.0.2.2")).unwrap();
    }

    #[test]
    fn switched_off_it_never_refuses() {
        let limits = Limits::new(false);
        assert!((0..1000).all(|_| limits.count(None).is_ok()));
    }
}
