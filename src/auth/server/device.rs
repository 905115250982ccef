//! Where a request comes from: the browser and the system as people call them, and the network.

use super::cookie::Cookies;
use axum::{
    extract::ConnectInfo,
    http::{Extensions, HeaderMap, header},
};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Where a request comes from.
#[derive(Debug, Clone, Default)]
pub struct Device {
    /// What the browser calls itself.
    pub user_agent: Option<String>,
    /// The address of the person.
    pub ip: Option<IpAddr>,
    /// The mark of a browser in which the user has logged in before.
    pub known: Option<String>,
}

/// What user agents call themselves, and what people call them; the first that fits counts.
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
    /// What a request says of where it comes from. The last `proxies` entries of `X-Forwarded-For` were
    /// written by proxies of ours; the first of those is the person's address, whatever stands before.
    pub fn of(
        headers: &HeaderMap,
        extensions: &Extensions,
        proxies: usize,
        cookies: &Cookies,
    ) -> Self {
        let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        let ip = if proxies == 0 { None } else { forwarded(headers, proxies) }.or(peer);
        Self {
            user_agent: agent.map(|agent| agent.chars().take(256).collect()),
            ip: ip.map(|ip| ip.to_canonical()),
            known: cookies.read(headers).known().map(str::to_owned),
        }
    }

    /// The browser and the system, as people call them.
    pub fn name(&self) -> Option<String> {
        name(self.user_agent.as_deref()?)
    }

    /// The network without the host: enough to tell home from abroad.
    pub fn network(&self) -> Option<String> {
        self.ip.map(|ip| network(ip, 24, 48))
    }

    /// Whose tries are counted together: an address, or the smallest network that people get.
    pub fn counted_as(&self) -> String {
        self.ip.map(|ip| network(ip, 32, 64)).unwrap_or_default()
    }
}

/// What people call the browser and the system that call themselves so.
pub fn name(user_agent: &str) -> Option<String> {
    let among = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    match (among(&BROWSERS), among(&SYSTEMS)) {
        (Some(browser), Some(system)) => Some(format!("{browser} on {system}")),
        (Some(name), None) | (None, Some(name)) => Some(name.to_owned()),
        (None, None) => None,
    }
}

fn forwarded(headers: &HeaderMap, proxies: usize) -> Option<IpAddr> {
    let lines = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok());
    let hops: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    hops.get(hops.len().checked_sub(proxies)?)?.parse().ok()
}

fn network(ip: IpAddr, bits_of_4: u32, bits_of_6: u32) -> String {
    match ip {
        IpAddr::V4(ip) => {
            let kept = ip.to_bits() & u32::MAX.checked_shl(32 - bits_of_4).unwrap_or(0);
            format!("{}/{bits_of_4}", Ipv4Addr::from_bits(kept))
        }
        IpAddr::V6(ip) => {
            let kept = ip.to_bits() & u128::MAX.checked_shl(128 - bits_of_6).unwrap_or(0);
            format!("{}/{bits_of_6}", Ipv6Addr::from_bits(kept))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_recognise_their_devices() {
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
    fn of_an_address_the_network_is_kept() {
        let device = |ip: &str| Device { ip: ip.parse().ok(), ..Device::default() };
        assert_eq!(device("192.0.2.77").network().as_deref(), Some("192.0.2.0/24"));
        assert_eq!(device("2001:db8:1:2:3::4").network().as_deref(), Some("2001:db8:1::/48"));
        assert_eq!(device("2001:db8:1:2:3::4").counted_as(), "2001:db8:1:2::/64");
        assert_eq!(device("192.0.2.77").counted_as(), "192.0.2.77/32");
    }

    #[test]
    fn only_what_our_own_proxies_wrote_counts() {
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "203.0.113.9, 198.51.100.7".parse().unwrap());
        headers.append("x-forwarded-for", "192.0.2.1".parse().unwrap());
        let cookies = Cookies::new(&"http://localhost:3000".parse().unwrap());
        let ip = |proxies| Device::of(&headers, &Extensions::new(), proxies, &cookies).ip;
        assert_eq!(ip(0), None, "nobody is believed");
        assert_eq!(ip(1), "192.0.2.1".parse().ok());
        assert_eq!(ip(2), "198.51.100.7".parse().ok());
        assert_eq!(ip(4), None, "fewer than there have to be");
    }
}
