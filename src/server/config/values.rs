//! Parsers of setting values.

use crate::public_url;
use std::time::Duration;
use tracing_subscriber::{EnvFilter, filter::LevelFilter};
use url::Url;

/// Converts a parser to a clap value parser. The help text of the setting lists the allowed values, so the error has no
/// details.
pub(super) fn checked<T>(
    parse: impl Fn(&str) -> Option<T> + Clone,
) -> impl Fn(&str) -> Result<T, &'static str> + Clone {
    move |text| parse(text).ok_or("not allowed")
}

pub(super) fn or_none<T>(
    parse: impl Fn(&str) -> Option<T> + Clone,
) -> impl Fn(&str) -> Option<Option<T>> + Clone {
    move |text| if text == "none" { Some(None) } else { parse(text).map(Some) }
}

pub(super) fn url_list(text: &str) -> Option<Vec<Url>> {
    text.split(',').map(|url| public_url::parse(url.trim())).collect()
}

pub(super) fn outbox_key(text: &str) -> Option<String> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let is_key = (16..=64).contains(&text.len()) && text.bytes().all(is_allowed);
    is_key.then(|| text.to_owned())
}

pub(super) fn lifetime(text: &str, max: Duration) -> Option<Duration> {
    humantime::parse_duration(text)
        .ok()
        .filter(|span| (Duration::from_secs(1)..=max).contains(span))
}

/// Accepts a level or a list of directives. A single word that is not a level is refused, because it would disable all
/// logging.
pub(super) fn log_filter(text: &str) -> Option<String> {
    let is_level = text.parse::<LevelFilter>().is_ok();
    let is_list = text.contains(['=', ',']) && text.parse::<EnvFilter>().is_ok();
    (is_level || is_list).then(|| text.to_owned())
}

pub(super) fn on_or_off(text: &str) -> Option<bool> {
    match text {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}
