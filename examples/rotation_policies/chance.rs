//! Reproducible random numbers (`SplitMix64`), and the simulated networks.

/// A random number generator.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number from 0 (inclusive) to 1 (exclusive).
    pub(crate) fn fraction(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn happens(&mut self, probability: f64) -> bool {
        self.fraction() < probability
    }

    /// Returns milliseconds, uniformly distributed between the two.
    pub(crate) fn between(&mut self, min: i64, max: i64) -> i64 {
        min + (self.fraction() * (max - min) as f64) as i64
    }

    /// Returns milliseconds, exponentially distributed: the median is 0.7 of the mean, the 99th percentile 4.6.
    pub(crate) fn around(&mut self, mean: i64) -> i64 {
        ((1.0 - self.fraction()).ln() * -(mean as f64)) as i64
    }
}

/// A network, and the sleep of the machine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Network {
    pub(crate) name: &'static str,
    /// The mean delay in each direction, in milliseconds.
    pub(crate) delay: i64,
    /// The probability of a loss in each direction.
    pub(crate) lost: f64,
    /// The mean time awake, in milliseconds; `None` if the machine never sleeps.
    pub(crate) awake: Option<i64>,
}

/// The networks in which lost sessions of honest users are counted.
pub(crate) const NETWORKS: [Network; 3] = [
    Network { name: "0.3 s, 10 % lost", delay: 300, lost: 0.1, awake: None },
    Network { name: "2 s, 20 % lost", delay: 2_000, lost: 0.2, awake: None },
    Network { name: "0.3 s, 10 % lost, sleeps", delay: 300, lost: 0.1, awake: Some(120_000) },
];

/// The network in which attackers are timed. Sessions end there only because of the attacker.
pub(crate) const GOOD: Network = Network { name: "good", delay: 50, lost: 0.0, awake: None };
