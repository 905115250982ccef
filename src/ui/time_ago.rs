//! A time as its distance from now, such as "2 minutes ago".

use super::{datetime::moment, live_text::LiveText};
use js_sys::{Array, Date, Intl::RelativeTimeFormat, Object, Reflect};
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::JsValue;

/// How often the text is updated.
const TICK: Duration = Duration::from_secs(20);

/// The units, and how many seconds each has.
const UNITS: [(&str, f64); 4] =
    [("day", 86_400.0), ("hour", 3600.0), ("minute", 60.0), ("second", 1.0)];

/// An RFC 3339 time. The exact time is in the tooltip. For pages that are rendered in the browser only.
#[component]
pub fn TimeAgo(at: String) -> impl IntoView {
    let time = Date::new(&JsValue::from_str(&at)).get_time();
    let now = RwSignal::new(Date::now());
    if let Ok(ticking) = set_interval_with_handle(move || now.set(Date::now()), TICK) {
        on_cleanup(move || ticking.clear());
    }
    let exact = moment(&at);
    let text = Signal::derive(move || {
        let (unit, count) = distance((time - now.get()) / 1000.0);
        relative(unit, count)
    });
    view! { <time datetime=at title=exact><LiveText text /></time> }
}

/// Returns the largest unit of which at least one has passed, and how many. Negative in the past.
fn distance(seconds: f64) -> (&'static str, f64) {
    let (unit, length) =
        UNITS.into_iter().find(|(_, length)| seconds.abs() >= *length).unwrap_or(("second", 1.0));
    (unit, (seconds / length).trunc())
}

fn relative(unit: &str, count: f64) -> String {
    let options = Object::new();
    // "now" instead of "in 0 seconds".
    let _ = Reflect::set(&options, &"numeric".into(), &"auto".into());
    RelativeTimeFormat::new(&Array::new(), &options).format(count, unit).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_is_the_largest_that_has_passed() {
        for (seconds, unit, count) in [
            (0.0, "second", 0.0),
            (-59.0, "second", -59.0),
            (-119.0, "minute", -1.0),
            (-7200.0, "hour", -2.0),
            (-90_000.0, "day", -1.0),
            (120.0, "minute", 2.0),
        ] {
            assert_eq!(distance(seconds), (unit, count));
        }
    }
}
