//! The public URL: its default, what is allowed, and which hosts are this machine.

use anyhow::ensure;
use std::net::{Ipv4Addr, Ipv6Addr};
use url::Url;

/// Returns the public URL for a server without one: this machine, at the port that it listens on.
pub fn default_at(scheme: &str, port: u16) -> String {
    format!("{scheme}://localhost:{port}")
}

/// Reads an origin: http or https, a host, perhaps a port, and nothing else.
pub fn parse(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_anonymous = url.username().is_empty() && url.password().is_none();
    let is_origin =
        is_anonymous && url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    (matches!(url.scheme(), "http" | "https") && url.has_host() && is_origin).then_some(url)
}

/// Refuses a public URL that would send passwords and tokens over a network unencrypted.
///
/// # Errors
/// Fails with one line that says what to set instead.
pub fn require_encryption(url: &Url, allow_http: bool) -> anyhow::Result<()> {
    ensure!(
        allow_http || !is_unencrypted(url),
        "HANDSTAMP_PUBLIC_URL is \"{}\": plain http sends passwords and tokens unencrypted. Use https, \
         with a reverse proxy or HANDSTAMP_TLS_CERT; or set HANDSTAMP_ALLOW_HTTP=true on a closed network",
        url.origin().ascii_serialization()
    );
    Ok(())
}

/// Whether browsers reach this URL over a network without encryption.
pub fn is_unencrypted(url: &Url) -> bool {
    url.scheme() == "http" && !is_loopback(url)
}

/// Whether a URL leads to this machine.
pub fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(is_loopback_host)
}

/// Whether a host is this machine: `localhost` and the names below it (RFC 6761 §6.3), 127.0.0.0/8,
/// `[::1]`.
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
