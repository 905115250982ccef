//! Moments, in the words of the person's own language and time zone.

use js_sys::Date;
use wasm_bindgen::JsValue;

/// An RFC 3339 moment as this browser writes it. For data that was loaded in the browser alone: the
/// server knows neither language nor time zone.
pub fn moment(rfc3339: &str) -> String {
    let date = Date::new(&JsValue::from_str(rfc3339));
    if date.get_time().is_nan() { rfc3339.to_owned() } else { in_words(&date) }
}

/// A moment in whole seconds since the Unix epoch, in the same way.
pub fn moment_of(seconds: i64) -> String {
    in_words(&Date::new(&JsValue::from_f64(seconds as f64 * 1000.0)))
}

fn in_words(date: &Date) -> String {
    date.to_locale_string("default", &JsValue::UNDEFINED).into()
}
