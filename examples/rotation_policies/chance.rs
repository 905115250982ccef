//! Chance that is the same in every run, by the generator `SplitMix64`, and the networks that it plays.

/// A source of chance.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to 1, without 1.
    pub(crate) fn share(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn happens(&mut self, share: f64) -> bool {
        self.share() < share
    }

    /// Milliseconds, every one between the two as likely.
    pub(crate) fn between(&mut self, shortest: i64, longest: i64) -> i64 {
        shortest + (self.share() * (longest - shortest) as f64) as i64
    }

    /// Milliseconds with a long tail: half of them under 0.7 of the mean, one in a hundred over 4.6.
    pub(crate) fn around(&mut self, mean: i64) -> i64 {
        ((1.0 - self.share()).ln() * -(mean as f64)) as i64
    }
}

/// A network, and how long the machine is awake at a time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Network {
    pub(crate) name: &'static str,
    /// The mean delay of each leg, in milliseconds.
    pub(crate) delay: i64,
    /// The share that is lost on each leg.
    pub(crate) lost: f64,
    /// The mean time awake, in milliseconds, where the machine sleeps.
    pub(crate) awake: Option<i64>,
}

/// The networks in which honest sign-outs are counted.
pub(crate) const NETWORKS: [Network; 3] = [
    Network { name: "0.3 s, 10 % lost", delay: 300, lost: 0.1, awake: None },
    Network { name: "2 s, 20 % lost", delay: 2_000, lost: 0.2, awake: None },
    Network { name: "0.3 s, 10 % lost, sleeps", delay: 300, lost: 0.1, awake: Some(120_000) },
];

/// The network in which thieves are timed: a sign-out there is the thief's doing.
pub(crate) const GOOD: Network = Network { name: "good", delay: 50, lost: 0.0, awake: None };
