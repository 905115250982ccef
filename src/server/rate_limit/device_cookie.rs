//! Device cookies: a browser in which the user has logged in before has its own rate-limit counters, so that other
//! clients can't delay the user there (OWASP, "Device Cookies").
//!
//! The cookie contains a random id of the browser and an HMAC-SHA256 over that id, the account id, the password hash,
//! the time when two-step login was switched on, and the e-mail address. It becomes invalid when one of these changes.
//! It grants no access, and the database does not store it.

use crate::{db::user::UserRow, error::ServiceError};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use handstamp_engine::{
    keys::{KeyRing, Keys},
    random::random,
};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// The length of the id that distinguishes the browsers of an account.
const ID_BYTES: usize = 6;

/// The length of the truncated HMAC: 80 bits, the minimum of RFC 2104 §5. With the id, the cookie has 128 bits.
const TAG_BYTES: usize = 10;

/// Returns the device cookie of a browser for this account: 22 characters of base64url. If the browser `presented` a
/// valid one, its id is kept, so that a login does not start new counters.
///
/// # Errors
/// `internal` if the operating system provides no random bytes.
pub fn issue(
    ring: &KeyRing,
    user: &UserRow,
    presented: Option<&str>,
) -> Result<String, ServiceError> {
    let id = match presented.filter(|cookie| verify(ring, cookie, user)).and_then(id_of) {
        Some(id) => id,
        None => random()?,
    };
    let tag = hmac(ring.newest(), &id, user).finalize().into_bytes();
    Ok(URL_SAFE_NO_PAD.encode([id.as_slice(), &tag[..TAG_BYTES]].concat()))
}

fn id_of(cookie: &str) -> Option<[u8; ID_BYTES]> {
    let bytes = URL_SAFE_NO_PAD.decode(cookie).ok()?;
    bytes.first_chunk().copied()
}

/// Returns whether the cookie is valid for the current state of the account. Compares in constant time.
pub fn verify(ring: &KeyRing, cookie: &str, user: &UserRow) -> bool {
    let bytes = URL_SAFE_NO_PAD.decode(cookie).unwrap_or_default();
    let Some((id, tag)) = bytes.split_first_chunk::<ID_BYTES>() else { return false };
    tag.len() == TAG_BYTES
        && ring.iter().any(|keys| hmac(keys, id, user).verify_truncated_left(tag).is_ok())
}

fn hmac(keys: &Keys, id: &[u8; ID_BYTES], user: &UserRow) -> Hmac<Sha256> {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(&keys.known).expect("HMAC takes a key of any length");
    let password = user.password_hash.as_deref().unwrap_or_default();
    mac.update(id);
    mac.update(user.id.as_bytes());
    // Hashed to a fixed length, so that the input of the HMAC is unambiguous.
    mac.update(&Sha256::digest(password));
    // Cookies that were issued before the second factor was enabled are not proof of it.
    mac.update(&user.totp_since.map_or(0, |since| since.0).to_be_bytes());
    mac.update(user.email_key.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;
    use handstamp_engine::{clock::Timestamp, keys::ServerSecret};
    use uuid::Uuid;

    fn user(email: &str, password_hash: Option<&str>) -> UserRow {
        UserRow {
            id: Uuid::nil(),
            username: "ada".to_owned(),
            username_key: "ada".to_owned(),
            username_skeleton: None,
            email: email.to_owned(),
            email_key: email.to_owned(),
            password_hash: password_hash.map(str::to_owned),
            guest: false,
            created_at: Timestamp(0),
            email_confirmed_at: Some(Timestamp(0)),
            totp_secret: None,
            totp_since: None,
            totp_step: 0,
        }
    }

    #[test]
    fn a_device_cookie_is_valid_only_for_the_current_state_of_its_account() {
        let secret = ServerSecret::new(vec![7; 32]).unwrap();
        let ring = KeyRing::new(&[secret]).unwrap();
        let ada = user("ada@example.org", Some("$argon2id$1"));
        let cookies = [issue(&ring, &ada, None).unwrap(), issue(&ring, &ada, None).unwrap()];
        assert_ne!(cookies[0], cookies[1], "each browser has its own");
        assert!(cookies.iter().all(|cookie| cookie.len() == 22 && verify(&ring, cookie, &ada)));
        let others = [
            user("grace@example.org", Some("$argon2id$1")),
            user("ada@example.org", Some("$argon2id$2")),
            user("ada@example.org", None),
            UserRow { id: Uuid::max(), ..ada.clone() },
            UserRow { totp_since: Some(Timestamp(1)), ..ada.clone() },
        ];
        assert!(others.iter().all(|other| !verify(&ring, &cookies[0], other)));
        let other_ring = KeyRing::new(&[ServerSecret::new(vec![8; 32]).unwrap()]).unwrap();
        assert!(!verify(&other_ring, &cookies[0], &ada));
        let long = format!("{}AA", cookies[0]);
        assert!(
            ["", "A", &cookies[0][..21], &long, "!!"].iter().all(|it| !verify(&ring, it, &ada))
        );
    }

    /// With a new id at each login, the counters would restart and limit nothing.
    #[test]
    fn a_browser_keeps_its_device_id_at_each_login() {
        let ring = KeyRing::new(&[ServerSecret::new(vec![7; 32]).unwrap()]).unwrap();
        let ada = user("ada@example.org", Some("$argon2id$1"));
        let first = issue(&ring, &ada, None).unwrap();
        assert_eq!(issue(&ring, &ada, Some(&first)).unwrap(), first);
        let grace = user("grace@example.org", None);
        assert_ne!(issue(&ring, &grace, Some(&first)).unwrap()[..8], first[..8]);
    }

    /// The cookie of earlier versions was an HMAC of only the address.
    #[test]
    fn a_device_cookie_of_an_earlier_version_is_rejected() {
        let ring = KeyRing::new(&[ServerSecret::new(vec![7; 32]).unwrap()]).unwrap();
        let mut old = Hmac::<Sha256>::new_from_slice(&ring.newest().known).unwrap();
        old.update(b"ada@example.org");
        let old = URL_SAFE_NO_PAD.encode(&old.finalize().into_bytes()[..16]);
        assert!(!verify(&ring, &old, &user("ada@example.org", None)));
    }
}
