//! Refuses requests that another site's page sent with our cookies.
//!
//! Fetch Metadata first, the `Origin` header where it is missing (OWASP CSRF cheat sheet; ASVS 3.5.1).
//! `SameSite=Strict` stops them already in every current browser; this holds without it.

use axum::http::{HeaderMap, header};
use url::Url;

/// Whether a request to `/auth` may pass.
///
/// A request with neither header is not a browser's; it passes only without a cookie.
pub fn is_allowed(headers: &HeaderMap, public_url: &Url) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    match headers.get(header::ORIGIN) {
        Some(origin) => origin.as_bytes() == public_url.origin().ascii_serialization().as_bytes(),
        None => !headers.contains_key(header::COOKIE),
    }
}
