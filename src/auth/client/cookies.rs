//! The client's own cookies, which all tabs share and which outlive a crash. None opens anything, so
//! scripts may read them.
//!
//! The attempt id is how the server tells a lost answer from a theft (`docs/rotation.md`): 128 random
//! bits beside the refresh token. The client never replaces a pending one; the server clears it in
//! exactly those answers that set a new refresh token.
//!
//! The id of a login is how the server tells that a login is sent again because its answer was lost.
//!
//! The last one says that the server has not received a logout yet.

use crate::protocol::cookie_names::{CookieNames, FORMER_ATTEMPT};

const ONE_YEAR: u32 = 31_536_000;

const TEN_MINUTES: u32 = 600;

/// The attempt id that is pending in the page's cookies (`name=value; name=value`).
pub fn pending_attempt<'a>(names: &CookieNames, cookies: &'a str) -> Option<&'a str> {
    let former = || value_of(FORMER_ATTEMPT, cookies).filter(|_| names.is_secure);
    value_of(&names.attempt, cookies).or_else(former)
}

/// The cookie that stores an attempt id.
pub fn attempt(names: &CookieNames, id: &str) -> String {
    cookie(names, &names.attempt, id, ONE_YEAR)
}

/// The id of a login that is under way, or whose answer was lost.
pub fn pending_login<'a>(names: &CookieNames, cookies: &'a str) -> Option<&'a str> {
    value_of(&names.login, cookies)
}

/// The cookie that stores the id of a login for as long as the server recognises it from now on.
pub fn login(names: &CookieNames, id: &str) -> String {
    cookie(names, &names.login, id, TEN_MINUTES)
}

/// Whether the page's cookies say that the server has not received a logout yet.
pub fn is_logout_due(names: &CookieNames, cookies: &str) -> bool {
    value_of(&names.logout, cookies).is_some()
}

/// The cookie that stores this, or the one that clears it.
pub fn logout_due(names: &CookieNames, is_due: bool) -> String {
    cookie(names, &names.logout, "1", if is_due { ONE_YEAR } else { 0 })
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

fn cookie(names: &CookieNames, name: &str, value: &str, max_age: u32) -> String {
    let secure = names.secure_attribute();
    format!("{name}={value}; Path=/{secure}; SameSite=Strict; Max-Age={max_age}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    fn https() -> CookieNames {
        CookieNames::of_origin("https://handstamp.example")
    }

    fn http() -> CookieNames {
        CookieNames::of_origin("http://localhost:3000")
    }

    #[test]
    fn a_pending_attempt_is_found_among_other_cookies() {
        let cookies = "theme=dark; __Host-handstamp_attempt=abc; a=b";
        assert_eq!(pending_attempt(&https(), cookies), Some("abc"));
        let former = "a=b; __Secure-handstamp_attempt=abc";
        assert_eq!(pending_attempt(&https(), former), Some("abc"), "of an older page");
        assert_eq!(pending_attempt(&http(), former), None);
        for none in ["", "__Host-handstamp_attempt=", "x__Host-handstamp_attempt=abc"] {
            assert_eq!(pending_attempt(&https(), none), None);
        }
        let cookies = "handstamp_attempt_3001=abc; handstamp_attempt_3000=def";
        assert_eq!(pending_attempt(&http(), cookies), Some("def"), "that of its own port");
    }

    #[test]
    fn a_pending_logout_is_stored_and_cleared() {
        assert!(is_logout_due(&https(), "theme=dark; __Host-handstamp_logout=1"));
        assert!(!is_logout_due(&https(), "theme=dark"));
        assert!(is_logout_due(&http(), "theme=dark; handstamp_logout_3000=1"));
        assert!(!is_logout_due(&http(), "handstamp_logout_3001=1"));
        assert!(logout_due(&http(), true).contains("Max-Age=31536000"));
        assert!(logout_due(&http(), false).ends_with("Max-Age=0"));
    }

    #[test]
    fn only_the_cookies_of_https_are_secure() {
        assert_eq!(
            attempt(&https(), "abc"),
            "__Host-handstamp_attempt=abc; Path=/; Secure; SameSite=Strict; Max-Age=31536000"
        );
        assert_eq!(
            attempt(&http(), "abc"),
            "handstamp_attempt_3000=abc; Path=/; SameSite=Strict; Max-Age=31536000"
        );
        assert_eq!(
            logout_due(&https(), false),
            "__Host-handstamp_logout=1; Path=/; Secure; SameSite=Strict; Max-Age=0"
        );
        assert_eq!(
            logout_due(&http(), false),
            "handstamp_logout_3000=1; Path=/; SameSite=Strict; Max-Age=0"
        );
    }

    proptest! {
        #[test]
        fn an_attempt_id_is_base64url(random: [u8; 16]) {
            prop_assert_eq!(attempt_id(random), URL_SAFE_NO_PAD.encode(random));
        }
    }
}
