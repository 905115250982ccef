//! Dates and times in the user's language and time zone.

use js_sys::Date;
use wasm_bindgen::JsValue;

/// Formats an RFC 3339 time in the browser. The server knows neither language nor time zone.
pub fn moment(rfc3339: &str) -> String {
    let date = Date::new(&JsValue::from_str(rfc3339));
    if date.get_time().is_nan() { rfc3339.to_owned() } else { localized(&date) }
}

/// Formats whole seconds since the Unix epoch.
pub fn moment_of(seconds: i64) -> String {
    localized(&Date::new(&JsValue::from_f64(seconds as f64 * 1000.0)))
}

fn localized(date: &Date) -> String {
    date.to_locale_string("default", &JsValue::UNDEFINED).into()
}
