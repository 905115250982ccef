//! The browsers that a person has logged in with: what strangers do elsewhere delays nobody there.
//!
//! A browser that logs in gets a mark of the account's address, made with a key of the server (HMAC-SHA256).
//! It opens nothing. The database holds nothing of it, and looking at it tells nobody who has an account.

use super::keys::{KeyRing, Keys};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The mark of an address (folded), as 22 characters of base64url.
pub fn mark(keys: &Keys, email_key: &str) -> String {
    URL_SAFE_NO_PAD.encode(&hmac(keys, email_key).finalize().into_bytes()[..16])
}

/// Whether this is the mark of an address; compares in constant time.
pub fn is_mark(ring: &KeyRing, mark: &str, email_key: &str) -> bool {
    let bytes = URL_SAFE_NO_PAD.decode(mark).unwrap_or_default();
    bytes.len() == 16
        && ring.iter().any(|keys| hmac(keys, email_key).verify_truncated_left(&bytes).is_ok())
}

fn hmac(keys: &Keys, email_key: &str) -> Hmac<Sha256> {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(&keys.known).expect("HMAC takes a key of any length");
    mac.update(email_key.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::server::keys::ServerSecret;

    #[test]
    fn a_mark_is_good_for_its_address_and_no_other() {
        let secret = ServerSecret::new(vec![7; 32]).unwrap();
        let ring = KeyRing::new(&[secret]).unwrap();
        let ada = mark(ring.newest(), "ada@example.org");
        assert_eq!(ada.len(), 22);
        assert!(is_mark(&ring, &ada, "ada@example.org"));
        assert!(!is_mark(&ring, &ada, "grace@example.org"));
        assert!(["", "A", &ada[..21], "!!"].iter().all(|it| !is_mark(
            &ring,
            it,
            "ada@example.org"
        )));
    }
}
