//! How long to wait before the next try: longer after every failure, and never the same in all tabs.

use std::cell::Cell;

const FIRST: f64 = 500.0;
const LONGEST: f64 = 30_000.0;

/// Counts failures.
#[derive(Debug, Default)]
pub struct BackOff(Cell<u32>);

impl BackOff {
    /// Counts a failure. Answers the wait in milliseconds: 500 after the first one, twice as long after
    /// each that follows, 30,000 at most; between half and all of that, by `random` from 0 up to 1.
    pub fn next(&self, random: f64) -> f64 {
        let failures = self.0.get().saturating_add(1);
        self.0.set(failures);
        let doubled = FIRST * f64::from(2_u32.saturating_pow(failures.min(16) - 1));
        doubled.min(LONGEST) * (0.5 + random / 2.0)
    }

    /// It works again.
    pub fn reset(&self) {
        self.0.set(0);
    }
}
