//! The security and caching headers of every response (ASVS 3.4).

use super::state::AppState;
use crate::public_url;
use axum::{
    http::{HeaderName, HeaderValue, header},
    response::Response,
};

const ALWAYS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];

/// The policy of responses other than pages. `base-uri` and `form-action` do not fall back to `default-src` (ASVS
/// 3.4.3).
const NOTHING: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The kind of a response, which determines its caching.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file whose name contains a hash of its content.
    Asset,
    /// A response of the JSON API.
    Api,
    /// A page, or anything else.
    Page,
}

impl Kind {
    /// Returns the kind of the response at `path`.
    pub fn at(path: &str) -> Self {
        match path {
            // The scripts of a build contain each other's hashed names, which are inserted after hashing. So their
            // content may change under the same name.
            _ if path.starts_with("/pkg/") && !path.ends_with(".js") => Self::Asset,
            _ if path.starts_with("/api/") => Self::Api,
            _ => Self::Page,
        }
    }
}

/// Adds the headers that the response does not have yet.
pub fn secure(state: &AppState, kind: Kind, response: &mut Response) {
    let is_hashed = state.hashes_assets && response.status().is_success();
    let headers = response.headers_mut();
    // For all of them, so that the map is not reallocated.
    headers.reserve(16);
    for (name, value) in ALWAYS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    let url = &state.config.public_url;
    // Not for localhost, because browsers would require https on all of its ports.
    if url.scheme() == "https" && !public_url::is_loopback(url) {
        // Other services of the domain may use plain http, so this is a setting (RFC 6797 §11.4).
        let one_year = if state.config.hsts_subdomains {
            "max-age=31536000; includeSubDomains"
        } else {
            "max-age=31536000"
        };
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(one_year));
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(NOTHING));
    let caching = match kind {
        Kind::Asset if is_hashed => "public, max-age=31536000, immutable",
        Kind::Api => "no-store",
        Kind::Asset => "no-cache",
        // A proxy that rewrites a document or removes its comments breaks hydration (RFC 9111 §5.2.2.6).
        Kind::Page => "no-cache, no-transform",
    };
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static(caching));
    if kind != Kind::Api {
        // Shared caches need to know that compression depends on this header (RFC 9110 §12.5.5).
        headers.entry(header::VARY).or_insert(HeaderValue::from_static("accept-encoding"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_revalidated_and_hashed_files_are_cached() {
        for asset in
            ["/pkg/handstamp.abc.wasm", "/pkg/split_lab.abc.wasm", "/pkg/handstamp.abc.css"]
        {
            assert_eq!(Kind::at(asset), Kind::Asset, "{asset}");
        }
        for script in ["/pkg/handstamp.abc.js", "/pkg/__wasm_split.abc.js"] {
            assert_eq!(Kind::at(script), Kind::Page, "{script}");
        }
    }
}
