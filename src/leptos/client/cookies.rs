//! The cookies that the client writes. All tabs share them, and they outlive a crash. None of them authenticates, so
//! scripts may read them.
//!
//! - The attempt id: 128 random bits by which the server distinguishes a lost response from a theft
//!   (`docs/rotation.md`). The client never replaces a pending one. The server clears it in exactly those responses
//!   that set a new refresh token.
//! - The login id, by which the server recognises a login that is repeated because its response was lost.
//! - A mark that the server has not received a logout yet.

use handstamp_protocol::cookie_names::{CookieNames, FORMER_ATTEMPT};

const ONE_YEAR: u32 = 31_536_000;

const TEN_MINUTES: u32 = 600;

/// Returns the pending attempt id of the page's cookies (`name=value; name=value`).
pub fn pending_attempt<'a>(names: &CookieNames, cookies: &'a str) -> Option<&'a str> {
    let former = || value_of(FORMER_ATTEMPT, cookies).filter(|_| names.is_secure);
    value_of(&names.attempt, cookies).or_else(former)
}

/// Returns the cookie that stores an attempt id.
pub fn attempt(names: &CookieNames, id: &str) -> String {
    cookie(names, &names.attempt, id, ONE_YEAR)
}

/// Returns the id of a login that is in flight, or whose response was lost.
pub fn pending_login<'a>(names: &CookieNames, cookies: &'a str) -> Option<&'a str> {
    value_of(&names.login, cookies)
}

/// Returns the cookie that stores a login id, for as long as the server recognises it.
pub fn login(names: &CookieNames, id: &str) -> String {
    cookie(names, &names.login, id, TEN_MINUTES)
}

/// Whether the server has not received a logout yet.
pub fn has_pending_logout(names: &CookieNames, cookies: &str) -> bool {
    value_of(&names.logout, cookies).is_some()
}

/// Returns the cookie that stores that the server has not received a logout yet.
pub fn pending_logout(names: &CookieNames) -> String {
    cookie(names, &names.logout, "1", ONE_YEAR)
}

/// Returns the cookie that clears [`pending_logout`].
pub fn no_pending_logout(names: &CookieNames) -> String {
    cookie(names, &names.logout, "1", 0)
}

/// Encodes an attempt id as 22 characters of base64url, without a library, which would make the page larger.
pub fn attempt_id(random: [u8; 16]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits = u128::from_be_bytes(random);
    (0..22)
        .map(|index| {
            let shifted = if index == 21 { bits << 4 } else { bits >> (122 - 6 * index) };
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
        assert_eq!(pending_attempt(&https(), former), Some("abc"), "stored by an older page");
        assert_eq!(pending_attempt(&http(), former), None);
        for none in ["", "__Host-handstamp_attempt=", "x__Host-handstamp_attempt=abc"] {
            assert_eq!(pending_attempt(&https(), none), None);
        }
        let cookies = "handstamp_attempt_3001=abc; handstamp_attempt_3000=def";
        assert_eq!(pending_attempt(&http(), cookies), Some("def"), "the one of the page's port");
    }

    #[test]
    fn a_pending_logout_is_stored_and_cleared() {
        assert!(has_pending_logout(&https(), "theme=dark; __Host-handstamp_logout=1"));
        assert!(!has_pending_logout(&https(), "theme=dark"));
        assert!(has_pending_logout(&http(), "theme=dark; handstamp_logout_3000=1"));
        assert!(!has_pending_logout(&http(), "handstamp_logout_3001=1"));
        assert!(pending_logout(&http()).contains("Max-Age=31536000"));
        assert!(no_pending_logout(&http()).ends_with("Max-Age=0"));
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
            no_pending_logout(&https()),
            "__Host-handstamp_logout=1; Path=/; Secure; SameSite=Strict; Max-Age=0"
        );
        assert_eq!(
            no_pending_logout(&http()),
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
