//! The client's own cookies, which all tabs share and which outlive a crash. Neither opens anything, so
//! scripts may read them.
//!
//! The attempt id is how the server tells a lost answer from a theft (`docs/rotation.md`): 128 random
//! bits beside the refresh token. The client never replaces a pending one; the server clears it in
//! exactly those answers that set a new refresh token.
//!
//! The other one says that the server has yet to hear of a logout.

/// Holds the attempt id.
pub const ATTEMPT: &str = "__Secure-handstamp_attempt";

/// Says that the server has yet to hear of a logout.
pub const LOGOUT_DUE: &str = "__Host-handstamp_logout";

const ONE_YEAR: u32 = 31_536_000;

/// The attempt id that is pending in the page's cookies (`name=value; name=value`).
pub fn pending_attempt(cookies: &str) -> Option<&str> {
    value_of(ATTEMPT, cookies)
}

/// The cookie that stores an attempt id.
pub fn attempt(id: &str) -> String {
    cookie(ATTEMPT, id, ONE_YEAR)
}

/// Whether the server has yet to hear of a logout, by the page's cookies.
pub fn is_logout_due(cookies: &str) -> bool {
    value_of(LOGOUT_DUE, cookies).is_some()
}

/// The cookie that remembers that it has, or the one that forgets it.
pub fn logout_due(is_due: bool) -> String {
    cookie(LOGOUT_DUE, "1", if is_due { ONE_YEAR } else { 0 })
}

/// An attempt id: 128 bits as 22 characters of base64url, small and without a library in the page.
pub fn attempt_id(random: [u8; 16]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits = u128::from_be_bytes(random);
    (0..22)
        .map(|place| {
            let shifted = if place == 21 { bits << 4 } else { bits >> (122 - 6 * place) };
            char::from(ALPHABET[usize::from((shifted & 0x3f) as u8)])
        })
        .collect()
}

fn value_of<'a>(name: &str, cookies: &'a str) -> Option<&'a str> {
    let mut pairs = cookies.split("; ").filter_map(|cookie| cookie.split_once('='));
    pairs.find(|(other, value)| *other == name && !value.is_empty()).map(|(_, value)| value)
}

fn cookie(name: &str, value: &str, max_age: u32) -> String {
    format!("{name}={value}; Path=/; Secure; SameSite=Strict; Max-Age={max_age}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    #[test]
    fn a_pending_attempt_is_found_among_other_cookies() {
        assert_eq!(pending_attempt("theme=dark; __Secure-handstamp_attempt=abc; a=b"), Some("abc"));
        for none in ["", "__Secure-handstamp_attempt=", "x__Secure-handstamp_attempt=abc"] {
            assert_eq!(pending_attempt(none), None);
        }
    }

    #[test]
    fn a_logout_that_is_due_is_remembered_and_forgotten() {
        assert!(is_logout_due("theme=dark; __Host-handstamp_logout=1"));
        assert!(!is_logout_due("theme=dark"));
        assert!(logout_due(true).contains("Max-Age=31536000"));
        assert!(logout_due(false).ends_with("Max-Age=0"));
    }

    proptest! {
        #[test]
        fn an_attempt_id_is_base64url(random: [u8; 16]) {
            prop_assert_eq!(attempt_id(random), URL_SAFE_NO_PAD.encode(random));
        }
    }
}
