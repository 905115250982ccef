//! Every key of the server, from one secret.
//!
//! HKDF-SHA256 (RFC 5869) gives one key a purpose, so one secret is all there is to configure and
//! all nodes agree. The secret is not in the database: who steals the database can mint nothing.

use hkdf::Hkdf;
use sha2::Sha256;
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// The fewest bytes that a server secret may have.
pub const SECRET_MIN_BYTES: usize = 32;

/// The secret that the operator configures, of at least 32 bytes.
#[derive(Clone)]
pub struct ServerSecret(Zeroizing<Vec<u8>>);

impl ServerSecret {
    /// Takes the bytes, or nothing when they are too few.
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

/// The keys that come from one secret.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Keys {
    /// Names these keys in a refresh token: 0 to 15.
    pub id: u8,
    /// Authenticates refresh tokens.
    pub tag: [u8; 32],
    /// Turns a refresh token's secret into the secret of its successor.
    pub ratchet: [u8; 32],
    /// The seed of the Ed25519 key that signs access tokens.
    pub signing: [u8; 32],
    /// Marks the browsers that a person has logged in with.
    pub known: [u8; 32],
    /// Opens the outbox of a demo.
    pub outbox: [u8; 32],
    /// Seals what the database has to give back as it was.
    pub sealing: [u8; 32],
    /// Tells secrets apart without telling anything of them: 16 hexadecimal digits.
    pub fingerprint: String,
}

impl Keys {
    fn derive(secret: &ServerSecret) -> Self {
        let hkdf = Hkdf::<Sha256>::new(None, &secret.0);
        let key = |label: &str| {
            let mut key = [0; 32];
            hkdf.expand(label.as_bytes(), &mut key)
                .expect("HKDF-SHA256 gives up to 8,160 bytes, and this asks for 32");
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

/// The keys in use: the newest issues, the older ones are still read.
#[derive(Debug)]
pub struct KeyRing(Vec<Keys>);

impl KeyRing {
    /// Derives the keys of each secret, newest first.
    ///
    /// # Errors
    /// No secret at all, or two whose key ids collide (one pair in sixteen): choose another.
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

    /// The keys that issue.
    pub fn newest(&self) -> &Keys {
        &self.0[0]
    }

    /// The keys with this id, if they are still in use.
    pub fn get(&self, id: u8) -> Option<&Keys> {
        self.0.iter().find(|keys| keys.id == id)
    }

    /// All of them, newest first.
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
    fn debug_shows_no_key() {
        assert_eq!(format!("{:?}", secret(7)), "ServerSecret(…)");
        let keys = Keys::derive(&secret(7));
        assert_eq!(format!("{keys:?}"), format!("Keys {{ id: {}, .. }}", keys.id));
    }
}
