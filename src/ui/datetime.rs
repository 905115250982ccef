//! Dates and times in the language of the page and the time zone of the user. Only the browser knows the time zone.

use super::live_text::LiveText;
use js_sys::{Array, Date, Intl::RelativeTimeFormat, Object, Reflect};
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::JsValue;

/// The units of a distance in time, with their length in seconds.
const UNITS: [(&str, f64); 5] = [
    ("year", 365.0 * 86_400.0),
    ("month", 30.0 * 86_400.0),
    ("day", 86_400.0),
    ("hour", 3_600.0),
    ("minute", 60.0),
];

/// How often the text of a relative time is updated.
const TICK: Duration = Duration::from_secs(20);

/// A time such as “2 minutes ago”, with the exact one on hover. For pages that are rendered in the browser only.
#[component]
pub fn RelativeTime(
    /// An RFC 3339 time.
    #[prop(into)]
    at: Signal<String>,
) -> impl IntoView {
    let tick = RwSignal::new(());
    if let Ok(ticking) = set_interval_with_handle(move || tick.notify(), TICK) {
        on_cleanup(move || ticking.clear());
    }
    let exact = Signal::derive(move || moment(&at.get()));
    let words = Signal::derive(move || {
        tick.track();
        relative(&at.get())
    });
    view! { <time datetime=at title=exact><LiveText text=words /></time> }
}

/// Formats an RFC 3339 time by its distance from now: “2 minutes ago”, “in 3 days”.
pub fn relative(rfc3339: &str) -> String {
    let date = Date::new(&JsValue::from_str(rfc3339));
    if date.get_time().is_nan() {
        return rfc3339.to_owned();
    }
    let (count, unit) = distance((date.get_time() - Date::now()) / 1000.0);
    let options = options(&[("numeric", "auto")]);
    RelativeTimeFormat::new(&Array::of1(&language()), &options).format(count, unit).into()
}

/// Returns the distance in the largest unit of which there is at least one. Less than a minute is 0 seconds: “now”.
fn distance(seconds: f64) -> (f64, &'static str) {
    let unit = UNITS.iter().find(|(_, length)| seconds.abs() >= *length);
    unit.map_or((0.0, "second"), |(unit, length)| ((seconds / length).trunc(), *unit))
}

/// Formats an RFC 3339 time to the minute.
pub fn moment(rfc3339: &str) -> String {
    let date = Date::new(&JsValue::from_str(rfc3339));
    if date.get_time().is_nan() {
        return rfc3339.to_owned();
    }
    let options = options(&[("dateStyle", "medium"), ("timeStyle", "short")]);
    let language = language().as_string().unwrap_or_default();
    date.to_locale_string(&language, &options).into()
}

/// Formats whole seconds since the Unix epoch, to the second.
pub fn moment_of(seconds: i64) -> String {
    let date = Date::new(&JsValue::from_f64(seconds as f64 * 1000.0));
    date.to_locale_string("default", &JsValue::UNDEFINED).into()
}

/// The language of the page.
fn language() -> JsValue {
    let root = document().document_element();
    root.and_then(|root| root.get_attribute("lang")).unwrap_or_else(|| "en".to_owned()).into()
}

fn options(pairs: &[(&str, &str)]) -> Object {
    let options = Object::new();
    for (name, value) in pairs {
        let _ = Reflect::set(&options, &JsValue::from_str(name), &JsValue::from_str(value));
    }
    options
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn a_distance_is_given_in_its_largest_unit_and_not_rounded_up() {
        for (seconds, expected) in [
            (0.0, (0.0, "second")),
            (-59.9, (0.0, "second")),
            (-60.0, (-1.0, "minute")),
            (3_599.0, (59.0, "minute")),
            (-7_200.0, (-2.0, "hour")),
            (2.9 * 86_400.0, (2.0, "day")),
            (-45.0 * 86_400.0, (-1.0, "month")),
            (800.0 * 86_400.0, (2.0, "year")),
        ] {
            assert_eq!(distance(seconds), expected, "{seconds}");
        }
    }
}
