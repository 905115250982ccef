//! E-mail addresses. An address is found by its key: the local part in lower case, and the domain in the
//! ASCII form that DNS and mail servers use (UTS #46).

use super::{normalize, tidy};
use email_address::EmailAddress;
use handstamp_protocol::error::AppError;
use icu_properties::{
    CodePointMapData,
    props::{GeneralCategory, GeneralCategoryGroup},
};
use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use unicode_normalization::UnicodeNormalization;

/// The longest address in bytes, with its domain in ASCII (RFC 5321 §4.5.3.1.3 without the brackets).
const MAX_ADDRESS: usize = 254;

/// The longest local part in bytes (RFC 5321 §4.5.3.1.1).
const MAX_LOCAL_PART: usize = 64;

/// An e-mail address and the normalized form that makes it unique.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    /// As the user typed it, in Unicode's composed form, without what was copied along with it.
    pub shown: String,
    /// The local part in lower case (no provider of note tells addresses apart by case) and the domain in
    /// ASCII.
    pub key: String,
}

impl Email {
    /// Parses an address that stands alone.
    ///
    /// # Errors
    /// `validation` of the field `email`.
    pub fn parse(text: &str) -> Result<Self, AppError> {
        Self::read(text).map_err(|message| AppError::field("email", message))
    }

    /// Parses an address. Fails with the sentence for the user.
    pub(super) fn read(text: &str) -> Result<Self, &'static str> {
        parse(text).ok_or("This is not an e-mail address.")
    }
}

/// Returns an address with its domain in ASCII, as DNS and mail servers without SMTPUTF8 (RFC 6531) need it:
/// `ada@bücher.de` becomes `ada@xn--bcher-kva.de`. The local part is unchanged and may still hold letters
/// outside ASCII; such an address can only be delivered with SMTPUTF8. Source: UTS #46 §4.2 (`ToASCII`,
/// nontransitional).
///
/// Returns `None` if there is no `@`, or if the domain is none that DNS can have: a literal in brackets, an
/// IPv4 address, a single label, a label over 63 bytes.
pub fn to_ascii_domain(address: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    Some(format!("{local}@{}", ascii_domain(domain)?))
}

/// Returns the key of an address that is valid, or `None`. It is the same for every spelling of one mailbox.
pub(super) fn key(text: &str) -> Option<String> {
    parse(text).map(|email| email.key)
}

fn parse(text: &str) -> Option<Email> {
    let shown: String = tidy::address(text).nfc().collect();
    // Bounds the work below.
    if shown.len() > 4 * MAX_ADDRESS {
        return None;
    }
    let (local, domain) = shown.rsplit_once('@')?;
    let ascii = ascii_domain(domain)?;
    // Nothing is ever delivered to `.invalid` (RFC 2606 §2); guests have such addresses.
    if !is_local_part(local) || ascii.ends_with(".invalid") {
        return None;
    }
    let local_key = local.to_ascii_lowercase();
    // Mail goes to the local part as typed, and the account is found by its key. If these could be two mailboxes,
    // one user would get the other's links. So letters that are another form of a letter are refused.
    let is_one_mailbox = normalize(&without_sara_am(local)) == without_sara_am(&local_key);
    let is_plain = without_sara_am(domain).nfkc().eq(without_sara_am(domain).chars());
    let key = format!("{local_key}@{ascii}");
    (is_one_mailbox && is_plain && key.len() <= MAX_ADDRESS).then_some(Email { shown, key })
}

/// Text without the vowel `am` of Thai and Lao: keyboards have it as one letter, and its compatibility
/// decomposition is two.
fn without_sara_am(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '\u{e33}' | '\u{eb3}')).collect()
}

/// Whether this is a local part: a dot-atom (RFC 5322 §3.2.3) that may hold letters, marks, digits and symbols of any
/// script (RFC 6531 §3.3). Quoted local parts are refused.
pub fn is_local_part(local: &str) -> bool {
    // The library knows the grammar of ASCII; its table of other characters lacks combining marks.
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

/// The ASCII form of a domain of two labels or more, none of which is a literal or an IP address.
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
    // No top-level domain is a number (RFC 3696 §2); `127.0.0.1` and `127.1` are IPv4 addresses.
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
