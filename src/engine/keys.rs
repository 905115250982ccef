//! Derives all keys of the server from one secret.
//!
//! HKDF-SHA256 (RFC 5869) derives one key per purpose, so the operator configures one secret, and all nodes have the
//! same keys. The secret is not in the database: an attacker who steals the database can't issue tokens.

use hkdf::Hkdf;
use sha2::Sha256;
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// The minimum length of a server secret, in bytes.
pub const SECRET_MIN_BYTES: usize = 32;

/// The secret that the operator configures: 32 bytes or more.
#[derive(Clone)]
pub struct ServerSecret(Zeroizing<Vec<u8>>);

impl ServerSecret {
    /// Returns `None` if there are fewer than [`SECRET_MIN_BYTES`].
    pub fn new(bytes: Vec<u8>) -> Option<Self> {
        let bytes = Zeroizing::new(bytes);
        (bytes.len() >= SECRET_MIN_BYTES).then_some(Self(bytes))
    }
}

impl fmt::Debug for ServerSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerSecret(…)")
    }
}

/// The keys that are derived from one secret.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Keys {
    /// The key id in a refresh token: 0 to 15.
    pub id: u8,
    /// Authenticates refresh tokens.
    pub tag: [u8; 32],
    /// Derives the secret of a refresh token's successor.
    pub ratchet: [u8; 32],
    /// The seed of the Ed25519 key that signs access tokens.
    pub signing: [u8; 32],
    /// Authenticates device cookies.
    pub known: [u8; 32],
    /// Derives the key that unlocks the outbox of a demo.
    pub outbox: [u8; 32],
    /// Encrypts values in the database.
    pub sealing: [u8; 32],
    /// Identifies the secret without revealing it: 16 hexadecimal digits.
    pub fingerprint: String,
}

impl Keys {
    fn derive(secret: &ServerSecret) -> Self {
        let hkdf = Hkdf::<Sha256>::new(None, &secret.0);
        let key = |label: &str| {
            let mut key = [0; 32];
            hkdf.expand(label.as_bytes(), &mut key)
                .expect("32 bytes are less than the 8,160 that HKDF-SHA256 can derive");
            key
        };
        Self {
            id: key("handstamp 1: key id")[0] & 0x0f,
            tag: key("handstamp 1: refresh token tag"),
            ratchet: key("handstamp 1: refresh token ratchet"),
            signing: key("handstamp 1: access token signing"),
            known: key("handstamp 1: known browsers"),
            outbox: key("handstamp 1: outbox"),
            sealing: key("handstamp 1: sealing"),
            fingerprint: key("handstamp 1: fingerprint")[..8]
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        }
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The keys in use. The newest issue tokens; tokens of the older ones are still accepted.
#[derive(Debug)]
pub struct KeyRing(Vec<Keys>);

impl KeyRing {
    /// Derives the keys of each secret, newest first.
    ///
    /// # Errors
    /// Fails if there is no secret, or if two secrets have the same key id, as one pair in sixteen has.
    pub fn new(secrets: &[ServerSecret]) -> Result<Self, &'static str> {
        let keys: Vec<Keys> = secrets.iter().map(Keys::derive).collect();
        let mut ids: Vec<u8> = keys.iter().map(|keys| keys.id).collect();
        ids.sort_unstable();
        ids.dedup();
        match keys.len() {
            0 => Err("there has to be a secret"),
            count if ids.len() < count => {
                Err("two of the secrets have the same key id: make another new one")
            }
            _ => Ok(Self(keys)),
        }
    }

    /// Returns the keys that issue tokens.
    pub fn newest(&self) -> &Keys {
        &self.0[0]
    }

    /// Returns the keys with this id, if they are still in use.
    pub fn get(&self, id: u8) -> Option<&Keys> {
        self.0.iter().find(|keys| keys.id == id)
    }

    /// Iterates over all keys, newest first.
    pub fn iter(&self) -> impl Iterator<Item = &Keys> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(byte: u8) -> ServerSecret {
        ServerSecret::new(vec![byte; 32]).unwrap()
    }

    #[test]
    fn a_short_secret_is_refused() {
        assert!(ServerSecret::new(vec![7; 31]).is_none());
    }

    #[test]
    fn the_same_secret_gives_the_same_keys_on_every_node() {
        let (one, two) = (Keys::derive(&secret(7)), Keys::derive(&secret(7)));
        assert_eq!(
            (one.id, one.tag, one.ratchet, one.signing),
            (two.id, two.tag, two.ratchet, two.signing)
        );
        assert_ne!(one.tag, one.ratchet);
        let other = Keys::derive(&secret(8));
        assert!(one.tag != other.tag && one.fingerprint != other.fingerprint);
    }

    #[test]
    fn debug_output_contains_no_key() {
        assert_eq!(format!("{:?}", secret(7)), "ServerSecret(…)");
        let keys = Keys::derive(&secret(7));
        assert_eq!(format!("{keys:?}"), format!("Keys {{ id: {}, .. }}", keys.id));
    }
}
