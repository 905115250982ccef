//! The attempt id: how the server tells a lost answer from a theft (`docs/rotation.md`).
//!
//! 128 random bits in a cookie beside the refresh token's, so that all tabs share it and both survive
//! a crash together. The client never replaces a pending one; the server clears it in exactly those
//! answers that set a new refresh token.

/// The cookie. It opens nothing by itself, so scripts may read it.
pub const COOKIE: &str = "__Secure-handstamp_attempt";

/// Whether the page's cookies (`name=value; name=value`) hold a pending attempt id.
pub fn is_pending(cookies: &str) -> bool {
    cookies
        .split("; ")
        .filter_map(|cookie| cookie.split_once('='))
        .any(|(name, value)| name == COOKIE && !value.is_empty())
}

/// The cookie that stores a new attempt id, for a year.
pub fn cookie(random: [u8; 16]) -> String {
    format!("{COOKIE}={}; Path=/; Secure; SameSite=Strict; Max-Age=31536000", text(random))
}

/// 128 bits as 22 characters of base64url: small, and no library for it in the page.
fn text(random: [u8; 16]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits = u128::from_be_bytes(random);
    (0..22)
        .map(|place| {
            let shifted = if place == 21 { bits << 4 } else { bits >> (122 - 6 * place) };
            char::from(ALPHABET[usize::from((shifted & 0x3f) as u8)])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    #[test]
    fn a_pending_attempt_is_found_among_other_cookies() {
        assert!(is_pending("theme=dark; __Secure-handstamp_attempt=abc; a=b"));
        assert!(!is_pending("") && !is_pending("__Secure-handstamp_attempt="));
        assert!(!is_pending("x__Secure-handstamp_attempt=abc"));
    }

    proptest! {
        #[test]
        fn the_text_is_base64url(random: [u8; 16]) {
            prop_assert_eq!(text(random), URL_SAFE_NO_PAD.encode(random));
        }
    }
}
