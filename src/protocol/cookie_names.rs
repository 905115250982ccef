//! The names of all cookies of `/auth`. Server and client both derive them from the origin.
//!
//! With https, names and attributes are the strictest that the paths allow: `Secure`, and a prefix that
//! browsers enforce. `__Host-` (RFC 6265bis §4.1.3.2) keeps sibling domains from setting a cookie, and demands
//! `Path=/`. The refresh token has `Path=/auth`, which keeps it off every API call, and therefore `__Secure-`; the
//! session cookie beside it says which of several refresh tokens is the browser's own. With plain http, which is for loopback, there is neither: WebKit stores no `Secure`
//! cookie from `http://localhost`. Browsers send a cookie to every port of a host, so without https the
//! port is a part of the name, and two servers on one machine don't overwrite each other's cookies.

/// The name of the attempt id with https before all names had `__Host-`. Pages that were loaded before that upgrade still
/// write it, and without it a lost answer of theirs would look like a theft.
pub const FORMER_ATTEMPT: &str = "__Secure-handstamp_attempt";

/// The cookies of one origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CookieNames {
    /// Whether the cookies are `Secure`.
    pub is_secure: bool,
    /// Holds the refresh token. `HttpOnly`, written by the server.
    pub refresh: String,
    /// Holds the id of the session that this browser is logged in to. `HttpOnly`, written by the server.
    pub session: String,
    /// Holds the attempt id, which the client writes and the server clears.
    pub attempt: String,
    /// Holds the id of a login that is under way. Written by the client, cleared by the server.
    pub login: String,
    /// Identifies the browser that requested an e-mail link. `HttpOnly`, written by the server.
    pub asked: String,
    /// Identifies a browser in which the user has logged in before. `HttpOnly`, written by the server.
    pub known: String,
    /// Says that the server has not received a logout yet. Written by the client, cleared by both.
    pub logout: String,
    /// Says that the outbox of a demo is open for this browser. `HttpOnly`, written by the server.
    pub outbox: String,
    /// Holds the theme that the user chose. Written by the client.
    pub theme: String,
}

impl CookieNames {
    /// Returns the names for an origin in its serialised form: `https://example.org`,
    /// `http://localhost:3000`.
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

/// The port that an origin names. The colons of an IPv6 address stand before a bracket, so what follows
/// the last one isn't all digits there.
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
