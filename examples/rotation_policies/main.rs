//! Simulates policies of refresh-token rotation: how often each one logs honest users out, and how soon it detects an
//! attacker.
//!
//! `cargo run --release --example rotation_policies` prints the table of `docs/rotation.md`; with `--svg PATH` it also
//! draws the chart. Every run returns the same numbers.

#![expect(clippy::print_stdout, reason = "the table goes to standard output")]

mod browser;
mod chance;
mod chart;
mod policies;

use browser::{Browser, MINUTE};
use chance::{Chance, GOOD, NETWORKS, Network};
use policies::Policy;
use std::{env, fs, io};

const SEED: u64 = 2026;
const REFRESHES: u64 = 1_000_000;
const ATTACKERS: usize = 2_000;
/// Many tabs are the worst case for honest users, and one tab is the best case for an attacker.
const TABS_WITHOUT_ATTACKER: usize = 6;
const TABS_WITH_ATTACKER: usize = 1;
const DAY: i64 = 24 * 60 * MINUTE;

/// The results of a policy.
struct Measured {
    policy: Policy,
    /// Lost sessions of honest users per million refreshes, for each network.
    logouts: [f64; NETWORKS.len()],
    /// The median of the minutes until an attacker is detected; infinite if most never are.
    minutes: f64,
    /// The share of attackers who aren't detected within a day.
    undetected: f64,
}

fn main() -> io::Result<()> {
    let measured = Policy::ALL.map(measure);
    println!("{}", table(&measured));
    let mut args = env::args().skip(1);
    match (args.next().as_deref(), args.next()) {
        (Some("--svg"), Some(path)) => fs::write(path, chart::draw(&measured)),
        _ => Ok(()),
    }
}

fn measure(policy: Policy) -> Measured {
    let logouts = NETWORKS.map(|network| logouts(policy, network));
    let mut detected: Vec<Option<i64>> =
        (0..ATTACKERS).map(|number| time_to_detection(policy, number)).collect();
    // Attackers who are never detected come last.
    detected.sort_by_key(|after| after.unwrap_or(i64::MAX));
    let minutes =
        detected[ATTACKERS / 2].map_or(f64::INFINITY, |after| after as f64 / MINUTE as f64);
    let undetected =
        detected.iter().filter(|after| after.is_none()).count() as f64 / ATTACKERS as f64;
    Measured { policy, logouts, minutes, undetected }
}

/// Returns the lost sessions of honest users per million refreshes. After each, the user logs in again.
fn logouts(policy: Policy, network: Network) -> f64 {
    let mut chance = Chance::new(SEED);
    let (mut refreshes, mut logouts) = (0, 0_u32);
    while refreshes < REFRESHES {
        let mut browser = Browser::open(policy, TABS_WITHOUT_ATTACKER, network, &mut chance);
        browser.run(30 * DAY);
        refreshes += browser.refreshes;
        logouts += u32::from(browser.over);
    }
    f64::from(logouts) * 1e6 / refreshes as f64
}

/// Returns the time from the theft to its detection, if that is within a day.
fn time_to_detection(policy: Policy, number: usize) -> Option<i64> {
    let mut chance = Chance::new(SEED + number as u64);
    let theft = 60 * MINUTE + chance.between(0, 60 * MINUTE);
    let mut browser = Browser::open(policy, TABS_WITH_ATTACKER, GOOD, &mut chance);
    browser.run(theft);
    let start = browser.now;
    browser.be_robbed();
    browser.run(start + DAY);
    browser.over.then_some(browser.now - start)
}

fn table(measured: &[Measured]) -> String {
    let [first, second, third] = NETWORKS.map(|network| network.name);
    let mut lines = vec![
        format!(
            "| policy | {first} | {second} | {third} | attacker detected after | never in a day |"
        ),
        "|---|---:|---:|---:|---:|---:|".to_owned(),
    ];
    for Measured { policy, logouts, minutes, undetected } in measured {
        let [first, second, third] = logouts.map(grouped);
        let minutes = if minutes.is_finite() { format!("{minutes:.0} min") } else { "—".into() };
        let undetected = undetected * 100.0;
        let name = policy.name();
        lines.push(format!(
            "| {name} | {first} | {second} | {third} | {minutes} | {undetected:.0} % |"
        ));
    }
    lines.join("\n")
}

/// Formats a whole number with commas between the thousands.
fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
