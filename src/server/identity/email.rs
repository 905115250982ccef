//! E-mail addresses. An address is looked up by its key: the local part in lower case, and the domain in the ASCII form
//! that DNS and mail servers use (UTS #46).

use super::{normalize, tidy};
use email_address::EmailAddress;
use handstamp_protocol::error::AppError;
use icu_properties::{
    CodePointMapData,
    props::{GeneralCategory, GeneralCategoryGroup},
};
use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use unicode_normalization::UnicodeNormalization;

/// The maximum length of an address in bytes, with its domain in ASCII (RFC 5321 §4.5.3.1.3, without the angle
/// brackets).
const MAX_ADDRESS: usize = 254;

/// The maximum length of a local part in bytes (RFC 5321 §4.5.3.1.1).
const MAX_LOCAL_PART: usize = 64;

/// An e-mail address and the normalized form that makes it unique.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    /// The address as typed, in NFC, without characters that were copied along with it.
    pub shown: String,
    /// The local part in lower case and the domain in ASCII. The major providers ignore the case of the local part.
    pub key: String,
}

impl Email {
    /// Parses an address that is not part of a sign-up.
    ///
    /// # Errors
    /// `validation` of the field `email`.
    pub fn parse(text: &str) -> Result<Self, AppError> {
        Self::read(text).map_err(|message| AppError::field("email", message))
    }

    /// Parses an address. Fails with the message for the user.
    pub(super) fn read(text: &str) -> Result<Self, &'static str> {
        parse(text).ok_or("Enter a valid email address.")
    }
}

/// Returns an address with its domain in ASCII, as DNS and mail servers without SMTPUTF8 (RFC 6531) require:
/// `ada@bücher.de` becomes `ada@xn--bcher-kva.de`. The local part is unchanged and may contain non-ASCII letters; such
/// an address requires SMTPUTF8. The conversion is `ToASCII`, nontransitional (UTS #46 §4.2).
///
/// Returns `None` if there is no `@`, or if the domain is not a valid DNS name of at least two labels, such as an
/// address literal, an IPv4 address, or a name with a label of more than 63 bytes.
pub fn to_ascii_domain(address: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    Some(format!("{local}@{}", ascii_domain(domain)?))
}

/// Returns the key of a valid address, or `None`. All spellings of a mailbox have the same key.
pub(super) fn key(text: &str) -> Option<String> {
    parse(text).map(|email| email.key)
}

fn parse(text: &str) -> Option<Email> {
    let shown: String = tidy::address(text).nfc().collect();
    // Limits the cost of the following steps.
    if shown.len() > 4 * MAX_ADDRESS {
        return None;
    }
    let (local, domain) = shown.rsplit_once('@')?;
    let ascii = ascii_domain(domain)?;
    // Addresses in `.invalid` are undeliverable (RFC 2606 §2) and reserved for guest accounts.
    if !is_local_part(local) || ascii.ends_with(".invalid") {
        return None;
    }
    let local_key = local.to_ascii_lowercase();
    // Mail is sent to the local part as typed, but the account is looked up by its key. If these were two mailboxes,
    // one user would receive the links of the other. Compatibility forms of letters are therefore refused.
    let is_one_mailbox = normalize(&without_sara_am(local)) == without_sara_am(&local_key);
    let is_plain = without_sara_am(domain).nfkc().eq(without_sara_am(domain).chars());
    let key = format!("{local_key}@{ascii}");
    (is_one_mailbox && is_plain && key.len() <= MAX_ADDRESS).then_some(Email { shown, key })
}

/// Removes the vowel `am` of Thai and Lao: keyboards produce it as one letter, but its compatibility decomposition has
/// two.
fn without_sara_am(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '\u{e33}' | '\u{eb3}')).collect()
}

/// Returns whether the text is a local part: a dot-atom (RFC 5322 §3.2.3) with letters, marks, digits and symbols of
/// any script (RFC 6531 §3.3). Quoted local parts are refused.
pub fn is_local_part(local: &str) -> bool {
    // The library checks the ASCII grammar; its table of other characters lacks combining marks.
    let ascii: String = local.chars().map(|c| if c.is_ascii() { c } else { 'x' }).collect();
    let categories = CodePointMapData::<GeneralCategory>::new();
    let allowed = GeneralCategoryGroup::Letter
        .union(GeneralCategoryGroup::Mark)
        .union(GeneralCategoryGroup::Number)
        .union(GeneralCategoryGroup::Punctuation)
        .union(GeneralCategoryGroup::Symbol);
    let is_allowed =
        |c: char| c.is_ascii() || allowed.contains(categories.get(c)) && !tidy::is_invisible(c);
    let has_base =
        |atom: &str| !atom.starts_with(|c| GeneralCategoryGroup::Mark.contains(categories.get(c)));
    local.len() <= MAX_LOCAL_PART
        && !local.starts_with('"')
        && EmailAddress::is_valid_local_part(&ascii)
        && local.chars().all(is_allowed)
        && local.split('.').all(has_base)
}

/// Returns the ASCII form of a domain with at least two labels, or `None` for an address literal or an IP address.
fn ascii_domain(domain: &str) -> Option<String> {
    let ascii = Uts46::new()
        .to_ascii(
            domain.as_bytes(),
            AsciiDenyList::STD3,
            Hyphens::CheckFirstLast,
            DnsLength::Verify,
        )
        .ok()?
        .into_owned();
    let (_, last) = ascii.rsplit_once('.')?;
    // Top-level domains are not numeric (RFC 3696 §2); `127.0.0.1` and `127.1` are IPv4 addresses.
    let is_number = last.bytes().all(|b| b.is_ascii_digit())
        || last.strip_prefix("0x").is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
    (!is_number).then_some(ascii)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_an_internationalised_domain_has_one_key() {
        for typed in [
            "ada@xn--bcher-kva.de",
            "ada@bücher.de",
            "ada@bu\u{308}cher.de",
            "ada@BÜCHER.de",
            "Ada@XN--BCHER-KVA.DE",
            "mailto:ada@bücher.de",
            "ada@bücher\u{3002}de",
        ] {
            assert_eq!(key(typed).as_deref(), Some("ada@xn--bcher-kva.de"), "{typed}");
        }
        assert_eq!(Email::read("Ada@BÜCHER.de").unwrap().shown, "Ada@BÜCHER.de");
        assert!(key("ada@คำ.ไทย").is_some());
        assert_ne!(key("ada@straße.de"), key("ada@strasse.de"), "two domains since IDNA 2008");
    }

    #[test]
    fn local_parts_of_all_scripts_are_accepted() {
        for local in [
            "संपर्क",
            "ädä",
            "用户",
            "o'brien",
            "a+b",
            "a/b",
            "a=b",
            "!a",
            "a*b",
            "a%b",
            "يوسف",
            "ติดต่อ",
            "คำถาม",
        ] {
            let address = format!("{local}@example.in");
            assert_eq!(
                Email::read(&address).map(|email| email.key),
                Ok(address.clone()),
                "{address}"
            );
        }
    }

    #[test]
    fn literals_numbers_quotes_and_ambiguous_mailboxes_are_refused() {
        for address in [
            "",
            "ada",
            "ada@",
            "@b.org",
            "ada@b",
            "ada@[127.0.0.1]",
            "ada@[IPv6:::1]",
            "ada@127.0.0.1",
            "ada@127.1",
            "ada@１２７.0.0.1",
            "ada@example.0x7f",
            "\"a b\"@example.org",
            "\"ada\"@example.org",
            "a b@example.org",
            "a..b@example.org",
            ".a@example.org",
            "ada@-b.org",
            "ada@b_c.org",
            "ada@a..b.org",
            "a@b@example.org",
            "a\n@b.org",
            "Ada <a@b.org>",
            "ada@guest.invalid",
            "ﬁlm@b.org",
            "ＡＤＡ@b.org",
            "ada@ｂ.org",
            "ÄDA@b.org",
            "a\u{200d}b@b.org",
            "\u{93e}a@b.org",
            "a\u{e000}@b.org",
        ] {
            assert!(Email::read(address).is_err(), "{address:?}");
        }
        assert!(Email::read(&format!("{}@b.org", "a".repeat(65))).is_err());
        assert!(Email::read(&format!("a@{}.org", "b".repeat(64))).is_err());
        assert!(Email::read(&format!("a@{}org", "b.".repeat(130))).is_err());
        assert!(Email::read(&"@".repeat(60_000)).is_err());
    }

    #[test]
    fn an_address_for_the_mail_server_has_an_ascii_domain() {
        let ascii = |address| to_ascii_domain(address);
        assert_eq!(ascii("Ada@BÜCHER.de").as_deref(), Some("Ada@xn--bcher-kva.de"));
        assert_eq!(ascii("用户@例子.广告").as_deref(), Some("用户@xn--fsqu00a.xn--4rr70v"));
        assert_eq!(ascii("ada@[127.0.0.1]"), None);
        assert_eq!(ascii("ada"), None);
    }
}
