//! Refuses cross-site requests (CSRF).
//!
//! Fetch Metadata and the `Origin` header must both name this site (OWASP CSRF cheat sheet; ASVS 3.5.1).
//! `SameSite=Strict` already stops such requests in every current browser; these checks do not depend on it.

use crate::public_url::is_loopback;
use axum::http::{HeaderMap, HeaderValue, header};
use handstamp_protocol::error::{AppError, ErrorCode};
use url::Url;

/// Checks a request to `/auth`. `urls` are those under which browsers open this server.
///
/// Only browsers send Fetch Metadata, and only on https and on loopback. `Origin` is checked whenever it is sent: if it
/// is none of `urls`, a setting is wrong or a proxy changed the URL, and cookies and tokens would be those of another
/// URL. A form that is sent without a referrer has `Origin: null`, also on its own site.
///
/// A request with neither header does not come from a browser, and is allowed only without a cookie.
///
/// # Errors
/// `cross_site`. If Fetch Metadata name this site, the error and a warning in the log name the origin and the
/// setting.
pub fn check<'a>(
    headers: &HeaderMap,
    urls: impl Iterator<Item = &'a Url> + Clone,
) -> Result<(), AppError> {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    let is_same_site = matches!(site, Some(b"same-origin" | b"none"));
    let is_allowed = |origin: &[u8]| urls.clone().any(|url| is_origin_of(origin, url));
    match (site, headers.get(header::ORIGIN).map(HeaderValue::as_bytes)) {
        (Some(_), _) if !is_same_site => Err(ErrorCode::CrossSite.into()),
        (Some(_), None | Some(b"null")) => Ok(()),
        (_, Some(origin)) if is_allowed(origin) => Ok(()),
        (Some(_), Some(origin)) => Err(wrong_url(origin, urls)),
        (None, None) if !headers.contains_key(header::COOKIE) => Ok(()),
        (None, _) => Err(ErrorCode::CrossSite.into()),
    }
}

/// Returns whether an origin is that of a URL. All loopback names with one port are equivalent.
fn is_origin_of(origin: &[u8], url: &Url) -> bool {
    if origin == url.origin().ascii_serialization().as_bytes() {
        return true;
    }
    let origin = str::from_utf8(origin).ok().and_then(|origin| Url::parse(origin).ok());
    origin.is_some_and(|origin| {
        let is_same_port = origin.port_or_known_default() == url.port_or_known_default();
        let is_same_scheme = origin.scheme() == url.scheme();
        is_loopback(&origin) && is_loopback(url) && is_same_scheme && is_same_port
    })
}

fn wrong_url<'a>(origin: &[u8], mut urls: impl Iterator<Item = &'a Url>) -> AppError {
    let origin = String::from_utf8_lossy(origin);
    let url = urls.next().map(|url| url.origin().ascii_serialization()).unwrap_or_default();
    tracing::warn!(event = "public_url_mismatch", %origin, public_url = url,
        "a page was opened under another URL than HANDSTAMP_PUBLIC_URL and HANDSTAMP_OTHER_URLS; its requests are refused");
    let detail = format!(
        "This page was opened as {origin}, but the server is set up for {url} (HANDSTAMP_PUBLIC_URL)."
    );
    AppError { detail: detail.into(), ..ErrorCode::CrossSite.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(headers: &[(&'static str, &'static str)], url: &str) -> bool {
        let headers = headers.iter().map(|(name, value)| {
            (header::HeaderName::from_static(name), HeaderValue::from_static(value))
        });
        check(&headers.collect(), [url.parse().unwrap()].iter()).is_ok()
    }

    #[test]
    fn the_origin_must_match_if_it_is_sent() {
        let same = ("sec-fetch-site", "same-origin");
        for (origin, url, expected) in [
            ("https://example.org", "https://example.org", true),
            ("https://example.org", "http://localhost:3000", false),
            ("https://example.org:8443", "https://example.org", false),
            ("http://127.0.0.1:3000", "http://localhost:3000", true),
            ("http://[::1]:3000", "http://localhost:3000", true),
            ("http://127.0.0.1:8080", "http://localhost:3000", false),
            ("http://localhost:3000", "https://example.org", false),
            ("garbage", "http://localhost:3000", false),
            ("null", "http://localhost:3000", true),
        ] {
            assert_eq!(passes(&[same, ("origin", origin)], url), expected, "{origin} {url}");
        }
        assert!(passes(&[("origin", "http://127.0.0.1:3000")], "http://localhost:3000"));
        assert!(!passes(&[("origin", "null")], "http://localhost:3000"));
    }

    #[test]
    fn the_error_names_the_origin_and_the_setting() {
        let headers = [
            (
                header::HeaderName::from_static("sec-fetch-site"),
                HeaderValue::from_static("same-origin"),
            ),
            (header::ORIGIN, HeaderValue::from_static("https://example.org")),
        ];
        let urls = ["http://localhost:3000".parse().unwrap()];
        let error = check(&HeaderMap::from_iter(headers), urls.iter()).unwrap_err();
        for part in ["https://example.org", "http://localhost:3000", "HANDSTAMP_PUBLIC_URL"] {
            assert!(error.detail.contains(part), "{}", error.detail);
        }
    }
}
