//! The names of the cookies. Server and client derive them from the origin.
//!
//! With https, cookies are `Secure` and have a name prefix that browsers enforce. `__Host-` (RFC 6265bis §4.1.3.2)
//! keeps sibling domains from setting a cookie, and requires `Path=/`. The refresh token has `Path=/auth`, so that it
//! is not sent with API requests, and therefore only `__Secure-`. If a sibling domain sets a second refresh-token
//! cookie, the session cookie identifies the valid one.
//!
//! With plain http, which is meant for loopback, cookies have neither the attribute nor the prefix, because WebKit does
//! not store `Secure` cookies from `http://localhost`. Browsers send a cookie to every port of a host, so the name
//! contains the port: otherwise two servers on one machine would overwrite each other's cookies.

/// The former name of the attempt id with https. Pages that were loaded before the change to `__Host-` still write it;
/// if the server ignored it, a retry from such a page after a lost response would count as reuse.
pub const FORMER_ATTEMPT: &str = "__Secure-handstamp_attempt";

/// The cookies of one origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CookieNames {
    /// Whether the cookies have the attribute `Secure`.
    pub is_secure: bool,
    /// Holds the refresh token. `HttpOnly`, written by the server.
    pub refresh: String,
    /// Holds the id of the session that this browser is logged in to. `HttpOnly`, written by the server.
    pub session: String,
    /// Holds the attempt id, which the client writes and the server clears.
    pub attempt: String,
    /// Holds the id of a pending login. Written by the client, cleared by the server.
    pub login: String,
    /// Identifies the browser that requested an e-mail link. `HttpOnly`, written by the server.
    pub asked: String,
    /// Identifies a browser in which the user has logged in before. `HttpOnly`, written by the server.
    pub known: String,
    /// Marks a logout that the server has not received yet. Written by the client, cleared by both.
    pub logout: String,
    /// Unlocks the outbox of a demo for this browser. `HttpOnly`, written by the server.
    pub outbox: String,
    /// Holds the theme that the user chose. Written by the client.
    pub theme: String,
}

impl CookieNames {
    /// Returns the cookie names for a serialised origin, such as `https://example.org` or `http://localhost:3000`.
    pub fn of_origin(origin: &str) -> Self {
        let is_secure = origin.starts_with("https://");
        let port = explicit_port(origin).unwrap_or("80");
        let name = |prefix: &str, base: &str| {
            if is_secure { [prefix, base].concat() } else { [base, "_", port].concat() }
        };
        Self {
            is_secure,
            refresh: name("__Secure-", "handstamp_refresh"),
            session: name("__Host-", "handstamp_session"),
            attempt: name("__Host-", "handstamp_attempt"),
            login: name("__Host-", "handstamp_login"),
            asked: name("__Host-", "handstamp_asked"),
            known: name("__Host-", "handstamp_known"),
            logout: name("__Host-", "handstamp_logout"),
            outbox: name("__Host-", "handstamp_outbox"),
            theme: name("__Host-", "handstamp_theme"),
        }
    }

    /// Returns the attribute `Secure` with its separator, or nothing with plain http.
    pub fn secure_attribute(&self) -> &'static str {
        if self.is_secure { "; Secure" } else { "" }
    }
}

/// Returns the port of an origin, if it has one. In an IPv6 address without a port, a bracket follows the last colon,
/// so the rest is not a number.
fn explicit_port(origin: &str) -> Option<&str> {
    let (_, port) = origin.rsplit_once(':')?;
    (!port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())).then_some(port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(origin: &str) -> [String; 9] {
        let CookieNames {
            refresh,
            session,
            attempt,
            login,
            asked,
            known,
            logout,
            outbox,
            theme,
            ..
        } = CookieNames::of_origin(origin);
        [refresh, session, attempt, login, asked, known, logout, outbox, theme]
    }

    #[test]
    fn https_names_have_a_prefix_and_no_port() {
        for origin in ["https://example.org", "https://localhost:8443", "https://[::1]:8443"] {
            assert_eq!(
                all(origin),
                [
                    "__Secure-handstamp_refresh",
                    "__Host-handstamp_session",
                    "__Host-handstamp_attempt",
                    "__Host-handstamp_login",
                    "__Host-handstamp_asked",
                    "__Host-handstamp_known",
                    "__Host-handstamp_logout",
                    "__Host-handstamp_outbox",
                    "__Host-handstamp_theme",
                ]
            );
            assert_eq!(CookieNames::of_origin(origin).secure_attribute(), "; Secure");
        }
    }

    #[test]
    fn http_names_end_with_the_port_and_have_no_prefix() {
        for (origin, port) in [
            ("http://localhost:3000", "3000"),
            ("http://127.0.0.1:3000", "3000"),
            ("http://[::1]:8080", "8080"),
            ("http://localhost", "80"),
            ("http://[::1]", "80"),
        ] {
            let names = [
                "refresh", "session", "attempt", "login", "asked", "known", "logout", "outbox",
                "theme",
            ]
            .map(|name| format!("handstamp_{name}_{port}"));
            assert_eq!(all(origin), names, "{origin}");
            let of_origin = CookieNames::of_origin(origin);
            assert!(!of_origin.is_secure && of_origin.secure_attribute().is_empty());
        }
    }
}
