//! Addresses and host names in the form of SMTP.

use crate::identity;
use lettre::{Address, message::Mailbox, transport::smtp::extension::ClientId};
use std::net::{Ipv4Addr, Ipv6Addr};
use url::{Host, Url};

/// Parses the address of a recipient. The domain is converted to its ASCII form (RFC 5891 §4), so that a mail server
/// without SMTPUTF8 accepts it. The local part is not changed (RFC 6531 §3.2).
///
/// Returns `None` for addresses that mail servers don't deliver to or that bypass DNS: an address literal
/// (`[127.0.0.1]`), an IPv4 address as the domain, or a quoted local part.
pub fn recipient(text: &str) -> Option<Address> {
    let address = identity::to_ascii_domain(text)?;
    let (local, domain) = address.rsplit_once('@')?;
    // Not `Address::new`, which rejects letters with combining marks, such as those of Hindi.
    identity::is_local_part(local).then(|| Address::new_dangerous(local, domain))
}

/// Parses the sender, `Name <address>` or only the address, and converts the domain to its ASCII form. Also returns
/// `None` if the local part is not ASCII, because then only mail servers with SMTPUTF8 would accept the mail.
pub fn sender(text: &str) -> Option<Mailbox> {
    let Mailbox { name, email } = text.parse().ok()?;
    let domain = idna::domain_to_ascii(email.domain()).ok()?;
    let email = Address::new(email.user(), domain).ok()?;
    email.user().is_ascii().then(|| Mailbox::new(name, email))
}

/// Returns the host of a URL in the form of SMTP: a domain or an address literal (RFC 5321 §4.1.3).
pub fn client_id(url: &Url) -> ClientId {
    match url.host() {
        Some(Host::Domain(name)) => ClientId::Domain(name.to_owned()),
        Some(Host::Ipv4(ip)) => ClientId::Ipv4(ip),
        Some(Host::Ipv6(ip)) => ClientId::Ipv6(ip),
        None => ClientId::Ipv4(Ipv4Addr::LOCALHOST),
    }
}

/// Parses a name for EHLO (RFC 5321 §4.1.1.1): a domain, or an address literal in brackets.
pub fn hello_name(text: &str) -> Option<ClientId> {
    let literal = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    if let Some(literal) = literal {
        let ipv6 = literal.strip_prefix("IPv6:").and_then(|ip| ip.parse::<Ipv6Addr>().ok());
        let ipv4 = || literal.parse().ok().map(ClientId::Ipv4);
        return ipv6.map(ClientId::Ipv6).or_else(ipv4);
    }
    let is_name_char = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let is_name = (1..=253).contains(&text.len()) && text.chars().all(is_name_char);
    is_name.then(|| ClientId::Domain(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_domain_of_a_recipient_is_ascii() {
        for (text, expected) in [
            ("ada@example.org", "ada@example.org"),
            ("ada@bücher.de", "ada@xn--bcher-kva.de"),
            ("ada@BÜCHER.de", "ada@xn--bcher-kva.de"),
            ("Ada+x@xn--bcher-kva.de", "Ada+x@xn--bcher-kva.de"),
            ("用户@例子.广告", "用户@xn--fsqu00a.xn--4rr70v"),
            ("o'brien@example.org", "o'brien@example.org"),
            ("संपर्क@example.in", "संपर्क@example.in"),
        ] {
            let read = recipient(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(<Address as AsRef<str>>::as_ref(&read), expected);
        }
        for text in [
            "",
            "ada",
            "ada@",
            "@example.org",
            "ada@[127.0.0.1]",
            "ada@[IPv6:::1]",
            "ada@127.0.0.1",
            "\"a b\"@example.org",
            "a b@example.org",
            "ada@example.org\r\nRCPT TO:<eve@example.org>",
            "ada\r\n@example.org",
        ] {
            assert_eq!(recipient(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_sender_has_an_ascii_address_and_any_name() {
        let read = sender("Büchertisch <post@bücher.de>").unwrap();
        assert_eq!(
            (read.name.as_deref(), read.email.domain()),
            (Some("Büchertisch"), "xn--bcher-kva.de")
        );
        assert!(sender("Handstamp <no-reply@localhost>").is_some());
        assert!(sender("bücher@example.org").is_none() && sender("no address").is_none());
    }

    #[test]
    fn an_ip_address_is_a_literal_in_smtp() {
        for (url, expected) in [
            ("https://films.example.org:8443", "films.example.org"),
            ("https://bücher.de", "xn--bcher-kva.de"),
            ("http://192.0.2.7:3000", "[192.0.2.7]"),
            ("http://[2001:db8::1]:3000", "[IPv6:2001:db8::1]"),
        ] {
            assert_eq!(client_id(&Url::parse(url).unwrap()).to_string(), expected);
        }
        for name in ["mail.example.org", "[192.0.2.7]", "[IPv6:2001:db8::1]"] {
            assert_eq!(hello_name(name).unwrap().to_string(), name);
        }
        for name in ["", "a b", "a%20b", "a/b", "[a]", "[IPv6:192.0.2.7]"] {
            assert_eq!(hello_name(name), None, "{name}");
        }
    }
}
