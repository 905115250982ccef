//! How long the attacker can act, as a bar on a logarithmic scale.

use super::{model::Lifetimes, span::short_span};
use leptos::prelude::*;

const TICKS: [u32; 4] = [60, 900, 3600, 86_400];

/// Returns the position of a time, in percent.
fn position(at: u32, end: u32) -> f64 {
    let scale = |seconds: u32| (1.0 + f64::from(seconds) / 60.0).ln();
    if end == 0 { 0.0 } else { (scale(at.min(end)) / scale(end) * 1000.0).round() / 10.0 }
}

/// The bar. It is decoration: the text beside it says the same.
#[component]
pub fn Timeline(acts_for: u32, lifetimes: Lifetimes) -> impl IntoView {
    let end = lifetimes.session;
    // The bar of a short theft is still visible.
    let width = position(acts_for, end).max(1.0);
    // No tick is near the last one.
    let ticks =
        TICKS.into_iter().filter(|&tick| position(tick, end) < 85.0 && tick < end).map(|tick| {
            let x = format!("{}%", position(tick, end));
            view! {
                <g>
                    <line x1=x.clone() y1="4" x2=x.clone() y2="34" />
                    <text x=x y="52" text-anchor="middle">{short_span(tick)}</text>
                </g>
            }
            .into_any()
        });
    view! {
        <svg class="theft-bar" aria-hidden="true" width="100%" height="60">
            <rect class="theft-all" x="0" y="8" width="100%" height="22" />
            <rect class="theft-acts" x="0" y="8" width=format!("{width}%") height="22" />
            {ticks.collect::<Vec<_>>()}
            <text x="100%" y="52" text-anchor="end">{short_span(end)}</text>
        </svg>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_grow_from_0_to_100_percent() {
        let end = 30 * 86_400;
        assert_eq!((position(0, end), position(end, end)), (0.0, 100.0));
        assert_eq!((position(900, 0), position(2 * end, end)), (0.0, 100.0));
        assert!(TICKS.map(|tick| position(tick, end)).is_sorted());
    }
}
