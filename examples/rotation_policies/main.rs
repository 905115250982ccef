//! What a policy of refresh-token rotation costs honest people, and how soon it catches a thief.
//!
//! `cargo run --release --example rotation_policies` prints the table of `docs/rotation.md`; with
//! `--svg PATH` it draws it too. The same numbers come out of every run.

#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

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
const THIEVES: usize = 2_000;
/// Many tabs are the worst for the honest, and one is the best for a thief.
const TABS_OF_THE_HONEST: usize = 6;
const TABS_OF_THE_ROBBED: usize = 1;
const DAY: i64 = 24 * 60 * MINUTE;

/// What is known of a policy.
struct Measured {
    policy: Policy,
    /// Honest sign-outs per million refreshes, a network each.
    sign_outs: [f64; NETWORKS.len()],
    /// The median of the minutes until a thief is caught; infinite when most never are.
    minutes: f64,
    /// The share of thieves who aren't caught within a day.
    never: f64,
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
    let sign_outs = NETWORKS.map(|network| sign_outs(policy, network));
    let mut caught: Vec<Option<i64>> = (0..THIEVES).map(|number| catch(policy, number)).collect();
    // Those who are never caught come last.
    caught.sort_by_key(|after| after.unwrap_or(i64::MAX));
    let minutes = caught[THIEVES / 2].map_or(f64::INFINITY, |after| after as f64 / MINUTE as f64);
    let never = caught.iter().filter(|after| after.is_none()).count() as f64 / THIEVES as f64;
    Measured { policy, sign_outs, minutes, never }
}

/// Honest sign-outs per million refreshes. After each, the person logs in again.
fn sign_outs(policy: Policy, network: Network) -> f64 {
    let mut chance = Chance::new(SEED);
    let (mut refreshes, mut sign_outs) = (0, 0_u32);
    while refreshes < REFRESHES {
        let mut browser = Browser::open(policy, TABS_OF_THE_HONEST, network, &mut chance);
        browser.run(30 * DAY);
        refreshes += browser.refreshes;
        sign_outs += u32::from(browser.over);
    }
    f64::from(sign_outs) * 1e6 / refreshes as f64
}

/// How long after the robbery a thief is caught, if it is within a day.
fn catch(policy: Policy, number: usize) -> Option<i64> {
    let mut chance = Chance::new(SEED + number as u64);
    let robbery = 60 * MINUTE + chance.between(0, 60 * MINUTE);
    let mut browser = Browser::open(policy, TABS_OF_THE_ROBBED, GOOD, &mut chance);
    browser.run(robbery);
    let start = browser.now;
    browser.is_robbed();
    browser.run(start + DAY);
    browser.over.then_some(browser.now - start)
}

fn table(measured: &[Measured]) -> String {
    let [first, second, third] = NETWORKS.map(|network| network.name);
    let mut lines = vec![
        format!("| policy | {first} | {second} | {third} | thief caught after | never in a day |"),
        "|---|---:|---:|---:|---:|---:|".to_owned(),
    ];
    for Measured { policy, sign_outs, minutes, never } in measured {
        let [first, second, third] = sign_outs.map(grouped);
        let minutes = if minutes.is_finite() { format!("{minutes:.0} min") } else { "—".into() };
        let never = never * 100.0;
        let name = policy.name();
        lines.push(format!("| {name} | {first} | {second} | {third} | {minutes} | {never:.0} % |"));
    }
    lines.join("\n")
}

/// A whole number with commas between the thousands.
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
