//! Exponential backoff with jitter. A longer `Retry-After` of the server takes precedence.

use std::cell::Cell;

const INITIAL_DELAY: f64 = 500.0;
const MAX_DELAY: f64 = 30_000.0;

/// The cap on `Retry-After`, in seconds. Larger values probably come from an intermediary, which may be back sooner.
const MAX_RETRY_AFTER: u32 = 300;

/// Counts failures. All times and durations are in milliseconds, times by the monotonic clock.
#[derive(Debug, Default)]
pub struct Backoff {
    failures: Cell<u32>,
    until: Cell<f64>,
}

impl Backoff {
    /// Records a failure at `now` and returns how long to wait.
    ///
    /// The delay is 500 after the first failure and doubles with each further one, up to 30,000. `random`, from 0 up
    /// to 1, scales it to between half and all of that. `retry_after` is in seconds, and is capped at 300.
    pub fn record_failure(&self, now: f64, random: f64, retry_after: Option<u32>) -> f64 {
        let failures = self.failures.get().saturating_add(1);
        self.failures.set(failures);
        let doubled = INITIAL_DELAY * f64::from(2_u32.saturating_pow(failures.min(16) - 1));
        let jittered = doubled.min(MAX_DELAY) * (0.5 + random / 2.0);
        let wait = jittered.max(f64::from(retry_after.unwrap_or(0).min(MAX_RETRY_AFTER)) * 1000.0);
        // An earlier `Retry-After` still applies.
        self.until.set(self.until.get().max(now + wait));
        self.remaining(now)
    }

    /// The time before which no attempt should be made.
    pub fn until(&self) -> f64 {
        self.until.get()
    }

    /// The remaining wait at `now`; 0 or less if there is none.
    pub fn remaining(&self, now: f64) -> f64 {
        self.until.get() - now
    }

    /// Forgets all failures.
    pub fn reset(&self) {
        self.failures.set(0);
        self.until.set(0.0);
    }
}
