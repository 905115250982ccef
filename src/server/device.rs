//! The client of a request: its browser and operating system by their common names, and its network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use uuid::Uuid;

/// The rate limit key of all clients whose address the proxies don't send. The address of the proxy is not used.
const UNKNOWN: &str = "unknown address";

/// The client of a request.
#[derive(Debug, Clone, Default)]
pub struct Device {
    /// The `User-Agent` header.
    pub user_agent: Option<String>,
    /// The address of the client; `None` if the proxies don't send it.
    pub ip: Option<IpAddr>,
    /// The device cookie of a browser in which the user has logged in before.
    pub cookie: Option<String>,
    /// The id that the browser sends with a login.
    pub login: Option<String>,
    /// The session that has its own rate limits ([`Self::in_session`]).
    pub session: Option<Uuid>,
}

/// The rate limit keys of a client: an IPv4 address or two IPv6 networks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// An IPv4 address, or the smallest IPv6 network that a customer gets (/64).
    pub near: String,
    /// The /48 of an IPv6 address: one customer may have all of its 65,536 networks.
    pub wide: Option<String>,
}

/// Substrings of the `User-Agent` header and the common name of the browser; the first match counts.
const BROWSERS: [(&str, &str); 13] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("okhttp/", "An app"),
    ("Dart/", "An app"),
    ("CFNetwork/", "An app"),
];

const SYSTEMS: [(&str, &str); 9] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Darwin/", "macOS"),
    ("Linux", "Linux"),
    ("X11", "Unix"),
];

impl Device {
    /// Returns the same device in an active session, whose attempts have their own rate limit.
    #[must_use]
    pub fn in_session(&self, session: Uuid) -> Self {
        Self { session: Some(session), ..self.clone() }
    }

    /// Returns the common names of the browser and the operating system.
    pub fn name(&self) -> Option<String> {
        name(self.user_agent.as_deref()?)
    }

    /// Returns the network without the host, by which a user recognises the place. Never `None`.
    pub fn network(&self) -> Option<String> {
        Some(self.ip.map_or_else(|| UNKNOWN.to_owned(), |ip| network(ip, 24, 48)))
    }

    /// Returns the rate limit keys of this device.
    pub fn places(&self) -> Places {
        match self.ip {
            None => Places { near: UNKNOWN.to_owned(), wide: None },
            Some(ip) => Places {
                near: network(ip, 32, 64),
                wide: ip.is_ipv6().then(|| network(ip, 32, 48)),
            },
        }
    }
}

/// Returns the network of an IP address, without the host.
pub fn network_of(ip: &str) -> Option<String> {
    ip.parse().ok().map(|ip| network(ip, 24, 48))
}

/// Returns the common names of the browser and the operating system of a `User-Agent` header.
pub fn name(user_agent: &str) -> Option<String> {
    let find = |names: &[(&str, &'static str)]| {
        names.iter().find(|(part, _)| user_agent.contains(part)).map(|(_, name)| *name)
    };
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => Some(format!("{browser} on {system}")),
        (Some(name), None) | (None, Some(name)) => Some(name.to_owned()),
        (None, None) => None,
    }
}

fn network(ip: IpAddr, v4_bits: u32, v6_bits: u32) -> String {
    match ip {
        IpAddr::V4(ip) => {
            let bits = ip.to_bits() & u32::MAX.checked_shl(32 - v4_bits).unwrap_or(0);
            format!("{}/{v4_bits}", Ipv4Addr::from_bits(bits))
        }
        IpAddr::V6(ip) => {
            let bits = ip.to_bits() & u128::MAX.checked_shl(128 - v6_bits).unwrap_or(0);
            format!("{}/{v6_bits}", Ipv6Addr::from_bits(bits))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_and_systems_have_their_common_names() {
        for (agent, expected) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
                "Chrome on Windows",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
                "Safari on macOS",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            ("curl/8.5.0", "curl"),
        ] {
            assert_eq!(name(agent).as_deref(), Some(expected), "{agent}");
        }
        assert_eq!(name("something else"), None);
    }

    #[test]
    fn networks_and_rate_limit_keys_omit_the_host() {
        let device = |ip: &str| Device { ip: ip.parse().ok(), ..Device::default() };
        assert_eq!(device("192.0.2.77").network().as_deref(), Some("192.0.2.0/24"));
        assert_eq!(device("2001:db8:1:2:3::4").network().as_deref(), Some("2001:db8:1::/48"));
        let places = |near: &str, wide: Option<&str>| Places {
            near: near.to_owned(),
            wide: wide.map(str::to_owned),
        };
        assert_eq!(
            device("2001:db8:1:2:3::4").places(),
            places("2001:db8:1:2::/64", Some("2001:db8:1::/48"))
        );
        assert_eq!(device("192.0.2.77").places(), places("192.0.2.77/32", None));
        assert_eq!(device("unknown").places(), places(UNKNOWN, None));
        assert_eq!(device("unknown").network().as_deref(), Some(UNKNOWN));
    }
}
