//! The security headers of every answer (ASVS 3.4), and the content security policy of the pages.

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

/// The policy of what is no page. `base-uri` and `form-action` do not fall back to `default-src` (ASVS 3.4.3).
const NOTHING: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What an answer is, by the path of its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file of the client whose name changes with what is in it.
    Asset,
    /// JSON of the native door.
    Api,
    /// A page, or anything else.
    Page,
}

impl Kind {
    /// Of the answer at `path`.
    pub fn at(path: &str) -> Self {
        match path {
            // The scripts of a build name each other after their names are made: what is in them may change
            // under the same name.
            _ if path.starts_with("/pkg/") && !path.ends_with(".js") => Self::Asset,
            _ if path.starts_with("/api/") => Self::Api,
            _ => Self::Page,
        }
    }
}

/// Adds the headers to an answer, where it doesn't carry its own.
pub fn secure(state: &AppState, kind: Kind, response: &mut Response) {
    let is_hashed = state.hashes_assets && response.status().is_success();
    let headers = response.headers_mut();
    // Room for all of them, so that the map doesn't grow step by step.
    headers.reserve(16);
    for (name, value) in ALWAYS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    let url = &state.config.public_url;
    // Not for localhost: browsers would then refuse http on all of its ports.
    if url.scheme() == "https" && !public_url::is_loopback(url) {
        // Other services of the domain may speak plain http: that is for the operator to say (RFC 6797 §11.4).
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
        // Files come compressed or not, and shared caches have to know by what (RFC 9110 §12.5.5).
        headers.entry(header::VARY).or_insert(HeaderValue::from_static("accept-encoding"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_asked_for_again_and_what_they_load_is_kept() {
        for kept in ["/pkg/handstamp.abc.wasm", "/pkg/split_lab.abc.wasm", "/pkg/handstamp.abc.css"]
        {
            assert_eq!(Kind::at(kept), Kind::Asset, "{kept}");
        }
        for script in ["/pkg/handstamp.abc.js", "/pkg/__wasm_split.abc.js"] {
            assert_eq!(Kind::at(script), Kind::Page, "{script}");
        }
    }
}
