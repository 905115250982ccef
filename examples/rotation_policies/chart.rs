//! Draws the table as an SVG, in colours that are legible on light and dark backgrounds.

use crate::{Measured, chance::NETWORKS, grouped};
use std::fmt::Write;

const WIDTH: f64 = 860.0;
const LEFT: f64 = 230.0;
const MIDDLE: f64 = 590.0;
const RIGHT: f64 = 650.0;
const LOG_END: f64 = 6.0;
const ROW: f64 = 62.0;
const TOP: f64 = 74.0;
const TEXT: &str = "#7d8590";
const LINE: &str = "#8b949e";
const BARS: [&str; NETWORKS.len()] = ["#3b82c4", "#c2772e", "#8a63c9"];
const ATTACKER: &str = "#2f9e6e";

/// Draws the lost sessions on a log scale on the left, and the attacker's minutes on the right.
pub(crate) fn draw(measured: &[Measured]) -> String {
    let bottom = TOP + ROW * measured.len() as f64;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-labelledby=\"title desc\" font-family=\"system-ui, sans-serif\" font-size=\"12\" \
         fill=\"{TEXT}\">\n<title id=\"title\">What five rotation policies cost and detect</title>\n\
         <desc id=\"desc\">{}</desc>\n",
        description(measured),
        height = bottom + 30.0,
    );
    label(&mut svg, LEFT, 18.0, "start", "honest logouts per million refreshes (log scale)");
    label(&mut svg, RIGHT, 18.0, "start", "median minutes to detection");
    for (place, (network, colour)) in NETWORKS.iter().zip(BARS).enumerate() {
        let x = LEFT + 130.0 * place as f64;
        bar(&mut svg, x, 32.0, 10.0, 10.0, colour);
        label(&mut svg, x + 15.0, 41.0, "start", network.name);
    }
    for power in 0..=6 {
        let x = log_position(10_f64.powi(power));
        let number = grouped(10_f64.powi(power));
        line(&mut svg, x, bottom);
        label(&mut svg, x, bottom + 18.0, "middle", &number);
    }
    line(&mut svg, RIGHT, bottom);
    let finite = measured.iter().map(|one| one.minutes).filter(|minutes| minutes.is_finite());
    let max_minutes = finite.fold(1.0, f64::max);
    for (place, one) in measured.iter().enumerate() {
        row(&mut svg, one, TOP + ROW * place as f64, max_minutes);
    }
    svg.push_str("</svg>\n");
    svg
}

fn row(svg: &mut String, measured: &Measured, top: f64, max_minutes: f64) {
    label(svg, LEFT - 12.0, top + 30.0, "end", measured.policy.name());
    for (place, (rate, colour)) in measured.logouts.iter().zip(BARS).enumerate() {
        let y = top + 5.0 + 16.0 * place as f64;
        let end = log_position(*rate);
        bar(svg, LEFT, y, end - LEFT, 12.0, colour);
        label(svg, end + 4.0, y + 10.0, "start", &grouped(*rate));
    }
    let share = if measured.minutes.is_finite() { measured.minutes / max_minutes } else { 1.0 };
    let length = share * (WIDTH - RIGHT - 90.0);
    bar(svg, RIGHT, top + 21.0, length, 12.0, ATTACKER);
    label(svg, RIGHT + length + 4.0, top + 31.0, "start", &detection(measured));
}

/// Returns the x position of a number on the log scale. Numbers below one are at its start.
fn log_position(number: f64) -> f64 {
    LEFT + number.max(1.0).log10() / LOG_END * (MIDDLE - LEFT)
}

fn detection(measured: &Measured) -> String {
    if measured.minutes.is_finite() {
        format!("{:.0} min", measured.minutes)
    } else {
        "not in a day".to_owned()
    }
}

fn description(measured: &[Measured]) -> String {
    let one = |one: &Measured| {
        let rates = NETWORKS.iter().zip(one.logouts);
        let rates: Vec<String> =
            rates.map(|(network, rate)| format!("{} ({})", grouped(rate), network.name)).collect();
        format!(
            "{}: {}; attacker detected after {}.",
            one.policy.name(),
            rates.join(", "),
            detection(one)
        )
    };
    measured.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn bar(svg: &mut String, x: f64, y: f64, width: f64, height: f64, colour: &str) {
    let _ = writeln!(
        svg,
        "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"2\" fill=\"{colour}\"/>"
    );
}

fn line(svg: &mut String, x: f64, bottom: f64) {
    let _ = writeln!(
        svg,
        "<path d=\"M{x:.1} {TOP:.1}V{bottom:.1}\" stroke=\"{LINE}\" stroke-opacity=\".35\"/>"
    );
}

fn label(svg: &mut String, x: f64, y: f64, anchor: &str, text: &str) {
    let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>");
}
