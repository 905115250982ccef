//! How long to wait before the next try: longer after every failure, never the same in all tabs, and as
//! long as the server asks for.

use std::cell::Cell;

const FIRST: f64 = 500.0;
const LONGEST: f64 = 30_000.0;

/// In seconds. Who asks for more may be something on the way, and back sooner than it thinks.
const LONGEST_ASKED_FOR: u32 = 300;

/// Counts failures. All times are milliseconds, on the monotonic clock where they are moments.
#[derive(Debug, Default)]
pub struct BackOff {
    failures: Cell<u32>,
    until: Cell<f64>,
}

impl BackOff {
    /// Counts a failure at `now`, after which the server wants to be asked again in `asked_for` seconds
    /// at the earliest; of more than 300, no more than 300 count. Answers the wait: 500 after the first
    /// failure, twice as long after each that follows, 30,000 at most; between half and all of that, by
    /// `random` from 0 up to 1.
    pub fn fail(&self, now: f64, random: f64, asked_for: Option<u32>) -> f64 {
        let failures = self.failures.get().saturating_add(1);
        self.failures.set(failures);
        let doubled = FIRST * f64::from(2_u32.saturating_pow(failures.min(16) - 1));
        let jittered = doubled.min(LONGEST) * (0.5 + random / 2.0);
        let wait = jittered.max(f64::from(asked_for.unwrap_or(0).min(LONGEST_ASKED_FOR)) * 1000.0);
        // What the server asked for before still holds.
        self.until.set(self.until.get().max(now + wait));
        self.left(now)
    }

    /// The moment before which nothing should be tried.
    pub fn until(&self) -> f64 {
        self.until.get()
    }

    /// The wait that is left at `now`; 0 or less where there is none.
    pub fn left(&self, now: f64) -> f64 {
        self.until.get() - now
    }

    /// It works again.
    pub fn reset(&self) {
        self.failures.set(0);
        self.until.set(0.0);
    }
}
