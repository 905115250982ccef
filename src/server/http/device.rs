//! Reads the client of a request.

use super::{cookie::Cookies, forwarded};
use crate::device::Device;
use axum::{
    extract::ConnectInfo,
    http::{Extensions, HeaderMap, header},
};
use std::{net::SocketAddr, sync::Once};

/// Limits the warning to one per process: each request of a wrongly configured proxy has the same fault.
static WARNED: Once = Once::new();

impl Device {
    /// Reads the client of a request. Without `proxies` its address is that of the peer. With them it is the address
    /// that the outermost of them wrote into `X-Forwarded-For`, and never that of the peer, which is a proxy. If the
    /// header can't be read, the address is unknown.
    pub fn of(
        headers: &HeaderMap,
        extensions: &Extensions,
        proxies: usize,
        cookies: &Cookies,
    ) -> Self {
        let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        let ip = if proxies == 0 {
            extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip())
        } else {
            forwarded::client(headers, proxies).inspect_err(|error| warn_once(error, proxies)).ok()
        };
        let jar = cookies.read(headers);
        Self {
            user_agent: agent.map(|agent| agent.chars().take(256).collect()),
            ip: ip.map(|ip| ip.to_canonical()),
            cookie: jar.device().map(str::to_owned),
            login: jar.login().map(str::to_owned),
            session: None,
        }
    }
}

fn warn_once(error: &forwarded::Unreadable, proxies: usize) {
    WARNED.call_once(|| {
        tracing::warn!(
            event = "client_address_unknown",
            entry = %error,
            proxies,
            "X-Forwarded-For has no address at the position that HANDSTAMP_PROXIES names; \
             such clients share the rate limits of \"unknown address\""
        );
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn behind_proxies_the_peer_is_never_the_client() {
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "203.0.113.9, unknown".parse().unwrap());
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::from(([10, 0, 0, 1], 4711))));
        let cookies = Cookies::new(&"http://localhost:3000".parse().unwrap());
        let ip = |proxies| Device::of(&headers, &extensions, proxies, &cookies).ip;
        assert_eq!(ip(0), "10.0.0.1".parse().ok());
        assert_eq!(ip(1), None, "the proxy doesn't know the address");
        assert_eq!(ip(2), "203.0.113.9".parse().ok());
        assert_eq!(ip(3), None, "fewer entries than proxies");
    }
}
