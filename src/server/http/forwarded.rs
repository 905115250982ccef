//! `X-Forwarded-For`: the address of the client, as the outermost trusted proxy wrote it.
//!
//! Each proxy appends one entry, so the last entries are those of the trusted proxies, and the client may have forged
//! everything before them. The header is therefore read as bytes, from its end, and only one entry is parsed: nothing
//! that the client sends can hide it. `Forwarded` (RFC 7239) is not read. A proxy overwrites or
//! appends to one of the two headers, and the other one then comes from the client.

use axum::http::HeaderMap;
use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
};

/// How much of an unreadable entry is logged, in bytes.
const MAX_SHOWN: usize = 64;

/// The entry of the outermost trusted proxy contains no address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// There are fewer entries than proxies.
    Missing,
    /// The entry is no address.
    NoAddress(Vec<u8>),
}

impl fmt::Display for Unreadable {
    /// Escapes and truncates the entry.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("no entry"),
            Self::NoAddress(entry) => {
                let shown = &entry[..entry.len().min(MAX_SHOWN)];
                let rest = if shown.len() < entry.len() { "…" } else { "" };
                write!(f, "\"{}{rest}\"", shown.escape_ascii())
            }
        }
    }
}

/// Returns the address in the entry at position `proxies` from the end, counted over all lines of the header.
///
/// # Errors
/// [`Unreadable`] if there is no such entry, or if it is no address, such as `unknown` or `_hidden` (RFC 7239 §6.3).
pub fn client(headers: &HeaderMap, proxies: usize) -> Result<IpAddr, Unreadable> {
    let lines: Vec<&[u8]> =
        headers.get_all("x-forwarded-for").iter().map(|line| line.as_bytes()).collect();
    let mut entries = lines.iter().rev().flat_map(|line| line.rsplit(|byte| *byte == b','));
    let entry = entries.nth(proxies.saturating_sub(1)).ok_or(Unreadable::Missing)?;
    let entry = entry.trim_ascii();
    if entry.is_empty() {
        return Err(Unreadable::Missing);
    }
    let text = str::from_utf8(entry).ok();
    text.and_then(address).ok_or_else(|| Unreadable::NoAddress(entry.to_vec()))
}

/// Parses an address with what proxies write around it: quotes, brackets, a port, a zone (RFC 6874).
fn address(text: &str) -> Option<IpAddr> {
    let text = match text.strip_prefix('"') {
        Some(quoted) => quoted.strip_suffix('"')?.trim(),
        None => text,
    };
    if let Some(rest) = text.strip_prefix('[') {
        let (inside, after) = rest.split_once(']')?;
        let is_complete = after.is_empty() || after.strip_prefix(':').is_some_and(is_port);
        return if is_complete { v6(inside) } else { None };
    }
    if let Some((before, port)) = text.rsplit_once(':')
        && !before.contains(':')
    {
        return if is_port(port) { before.parse().ok().map(IpAddr::V4) } else { None };
    }
    text.parse().ok().map(|ip: IpAddr| ip.to_canonical()).or_else(|| v6(text))
}

fn v6(text: &str) -> Option<IpAddr> {
    let address = match text.split_once('%') {
        Some((_, "")) => return None,
        Some((address, _zone)) => address,
        None => text,
    };
    address.parse::<Ipv6Addr>().ok().map(|ip| IpAddr::V6(ip).to_canonical())
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use proptest::{
        prelude::*,
        test_runner::{Config, TestRunner},
    };

    fn client_of(lines: &[&[u8]], proxies: usize) -> Result<IpAddr, Unreadable> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", HeaderValue::from_bytes(line).unwrap());
        }
        client(&headers, proxies)
    }

    #[test]
    fn ports_brackets_quotes_and_zones_are_parsed() {
        for (written, read) in [
            ("203.0.113.9", "203.0.113.9"),
            (" 203.0.113.9\t", "203.0.113.9"),
            ("203.0.113.9:52114", "203.0.113.9"),
            ("\"203.0.113.9\"", "203.0.113.9"),
            ("\"203.0.113.9:80\"", "203.0.113.9"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("[::ffff:203.0.113.9]:443", "203.0.113.9"),
            ("2001:db8::7", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("[2001:db8::7]:443", "2001:db8::7"),
            ("\"[2001:db8::7]:443\"", "2001:db8::7"),
            ("fe80::1%eth0", "fe80::1"),
            ("[fe80::1%eth0]:443", "fe80::1"),
        ] {
            let read: IpAddr = read.parse().unwrap();
            assert_eq!(client_of(&[written.as_bytes()], 1), Ok(read), "{written}");
        }
    }

    #[test]
    fn invalid_addresses_are_refused() {
        for written in [
            "unknown",
            "_hidden",
            "203.0.113.9:",
            "203.0.113.9:port",
            "203.0.113.9:99999",
            "203.0.113",
            "[2001:db8::7",
            "[2001:db8::7]443",
            "[2001:db8::7]:",
            "\"203.0.113.9",
            "fe80::1%",
            "203.0.113.9%eth0",
            "for=203.0.113.9",
            "\u{661}.1.1.1",
        ] {
            let read = client_of(&[written.as_bytes()], 1);
            let expected = Unreadable::NoAddress(written.as_bytes().to_vec());
            assert_eq!(read, Err(expected), "{written}");
        }
        assert_eq!(client_of(&[], 1), Err(Unreadable::Missing));
        assert_eq!(client_of(&[b"203.0.113.9, "], 1), Err(Unreadable::Missing));
        assert_eq!(client_of(&[b"203.0.113.9"], 2), Err(Unreadable::Missing));
    }

    #[test]
    fn only_the_entry_of_the_outermost_trusted_proxy_is_used() {
        let lines: [&[u8]; 2] = [b"\xff\xfe, x:y, 203.0.113.9, 198.51.100.7", b"192.0.2.1"];
        assert_eq!(client_of(&lines, 1), Ok("192.0.2.1".parse().unwrap()));
        assert_eq!(client_of(&lines, 2), Ok("198.51.100.7".parse().unwrap()));
        assert_eq!(client_of(&lines, 3), Ok("203.0.113.9".parse().unwrap()));
        assert_eq!(client_of(&lines, 5), Err(Unreadable::NoAddress(b"\xff\xfe".to_vec())));
        assert_eq!(client_of(&lines, 6), Err(Unreadable::Missing));
    }

    #[test]
    fn an_entry_is_logged_escaped_and_truncated() {
        let entry = [b"\xff\x1b[31m\"\n".as_slice(), &[b'x'; 100]].concat();
        let shown = Unreadable::NoAddress(entry).to_string();
        assert!(shown.starts_with(r#""\xff\x1b[31m\"\nxxx"#), "{shown}");
        assert!(shown.ends_with("x…\"") && shown.len() < 100, "{shown}");
    }

    #[test]
    fn arbitrary_bytes_cause_no_panic_and_do_not_hide_the_entry_of_a_proxy() {
        let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
        let lines = prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 0..4);
        runner
            .run(&(lines, 0_usize..9), |(lines, proxies)| {
                let mut headers = HeaderMap::new();
                for line in lines {
                    if let Ok(value) = HeaderValue::from_bytes(&line) {
                        headers.append("x-forwarded-for", value);
                    }
                }
                let read = client(&headers, proxies);
                if let Err(unreadable) = read {
                    prop_assert!(
                        unreadable.to_string().is_ascii() || unreadable.to_string().contains('…')
                    );
                }
                headers.append("x-forwarded-for", HeaderValue::from_static("203.0.113.9:1"));
                prop_assert_eq!(client(&headers, 1), Ok("203.0.113.9".parse().unwrap()));
                Ok(())
            })
            .unwrap();
    }
}
