//! The public URL: its default, its validation, and the recognition of loopback hosts.

use anyhow::ensure;
use std::net::{Ipv4Addr, Ipv6Addr};
use url::Url;

/// Returns the default public URL: `localhost` with the port of the listener.
pub fn default_at(scheme: &str, port: u16) -> String {
    format!("{scheme}://localhost:{port}")
}

/// Parses an origin: `http` or `https`, a host and an optional port. Returns `None` for any other URL.
pub fn parse(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_anonymous = url.username().is_empty() && url.password().is_none();
    let is_origin =
        is_anonymous && url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    (matches!(url.scheme(), "http" | "https") && url.has_host() && is_origin).then_some(url)
}

/// Requires https, unless the host is loopback or `allow_http` is set.
///
/// # Errors
/// Fails with one line that contains the settings to change.
pub fn require_encryption(url: &Url, allow_http: bool) -> anyhow::Result<()> {
    ensure!(
        allow_http || !is_unencrypted(url),
        "HANDSTAMP_PUBLIC_URL is \"{}\": plain http sends passwords and tokens unencrypted. Use https, \
         with a reverse proxy or HANDSTAMP_TLS_CERT; or set HANDSTAMP_ALLOW_HTTP=true on a closed network",
        url.origin().ascii_serialization()
    );
    Ok(())
}

/// Returns whether browsers connect to this URL over a network without encryption.
pub fn is_unencrypted(url: &Url) -> bool {
    url.scheme() == "http" && !is_loopback(url)
}

/// Returns whether the host of a URL is loopback ([`is_loopback_host`]).
pub fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(is_loopback_host)
}

/// Returns whether a host is loopback: `localhost` and its subdomains (RFC 6761 §6.3), 127.0.0.0/8 and `[::1]`.
pub fn is_loopback_host(host: &str) -> bool {
    let ipv6 = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse().is_ok_and(|ip: Ipv4Addr| ip.is_loopback())
        || ipv6.is_some_and(|host| host.parse().is_ok_and(|ip: Ipv6Addr| ip.is_loopback()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_allowed(url: &str, allow_http: bool) -> bool {
        require_encryption(&parse(url).unwrap(), allow_http).is_ok()
    }

    #[test]
    fn plain_http_is_for_this_machine_unless_it_is_allowed() {
        for url in [
            "https://example.org",
            "https://localhost:8443",
            "http://localhost:3000",
            "http://app.localhost:8080",
            "http://127.0.0.1:8080",
            "http://127.9.9.9",
            "http://[::1]:8080",
        ] {
            assert!(is_allowed(url, false), "{url}");
        }
        for url in [
            "http://example.org",
            "http://localhost.example.org",
            "http://notlocalhost",
            "http://10.0.0.1:3000",
            "http://[2001:db8::1]:3000",
            "http://0.0.0.0:3000",
        ] {
            assert!(!is_allowed(url, false) && is_allowed(url, true), "{url}");
        }
    }

    #[test]
    fn the_refusal_is_one_line_that_says_what_to_set() {
        let url = parse("http://example.org").unwrap();
        let message = require_encryption(&url, false).unwrap_err().to_string();
        assert_eq!(message.lines().count(), 1);
        for part in ["HANDSTAMP_PUBLIC_URL", "http://example.org", "HANDSTAMP_ALLOW_HTTP=true"] {
            assert!(message.contains(part), "{message}");
        }
    }
}
