//! The refresh token, without a clock, a database or async.
//!
//! Its text is `hsr_` and the base64url (no padding) of 69 bytes:
//!
//! | bytes | field |
//! |---|---|
//! | 1 | format (upper half) and key id (lower half) |
//! | 16 | session id |
//! | 4 | generation, big-endian |
//! | 32 | secret |
//! | 16 | tag: truncated HMAC-SHA256 over everything before it |
//!
//! The secret of generation 0 is random; each later one is derived from the previous one and the server's ratchet key.
//! So the successor of a token is a pure function: concurrent refreshes of one token get the same successor, on every
//! node.

use super::keys::{KeyRing, Keys};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::fmt;
use subtle::ConstantTimeEq;
use uuid::Uuid;
use zeroize::Zeroizing;

/// The prefix by which secret scanners find leaked tokens. It must never change, because their rules contain it.
pub const PREFIX: &str = "hsr_";

/// The length of the text, in bytes.
pub const TEXT_LENGTH: usize = PREFIX.len() + 92;

const FORMAT: u8 = 0x10;
const UNTAGGED_LENGTH: usize = 53;
const TAG_LENGTH: usize = 16;

/// A refresh token that this server issued. It can only be created by [`generate`](Self::generate),
/// [`successor`](Self::successor) and [`parse`](Self::parse).
#[derive(Clone)]
pub struct RefreshToken {
    key_id: u8,
    session: Uuid,
    generation: u32,
    secret: Zeroizing<[u8; 32]>,
    text: Zeroizing<String>,
}

impl RefreshToken {
    /// Creates the token of a new session from 32 bytes of the operating system's CSPRNG.
    pub fn generate(keys: &Keys, session: Uuid, secret: Zeroizing<[u8; 32]>) -> Self {
        Self::encode(keys, session, 0, secret)
    }

    /// Parses the text of a token and verifies its tag.
    ///
    /// # Errors
    /// [`InvalidToken`] if the text is malformed, or the tag is of none of these keys.
    pub fn parse(ring: &KeyRing, text: &str) -> Result<Self, InvalidToken> {
        let encoded =
            text.strip_prefix(PREFIX).filter(|_| text.len() == TEXT_LENGTH).ok_or(InvalidToken)?;
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(encoded).map_err(|_| InvalidToken)?);
        let (untagged, tag) = bytes.split_at_checked(UNTAGGED_LENGTH).ok_or(InvalidToken)?;
        let keys = ring
            .get(untagged[0] & 0x0f)
            .filter(|_| untagged[0] & 0xf0 == FORMAT)
            .ok_or(InvalidToken)?;
        if !bool::from(tag_of(keys, untagged).ct_eq(tag)) {
            return Err(InvalidToken);
        }
        Ok(Self {
            key_id: keys.id,
            session: Uuid::from_slice(&untagged[1..17]).map_err(|_| InvalidToken)?,
            generation: u32::from_be_bytes(untagged[17..21].try_into().map_err(|_| InvalidToken)?),
            secret: Zeroizing::new(untagged[21..53].try_into().map_err(|_| InvalidToken)?),
            text: Zeroizing::new(text.to_owned()),
        })
    }

    /// Returns the token of the next generation, which is the same on every call and node.
    ///
    /// # Errors
    /// [`InvalidToken`] if the key of this token is no longer in the ring.
    pub fn successor(&self, ring: &KeyRing) -> Result<Self, InvalidToken> {
        let keys = ring.get(self.key_id).ok_or(InvalidToken)?;
        let mut mac = hmac(&keys.ratchet);
        mac.update(self.session.as_bytes());
        mac.update(&self.generation.to_be_bytes());
        mac.update(&*self.secret);
        let secret = Zeroizing::new(mac.finalize().into_bytes().into());
        // Does not overflow in practice: at one rotation per second, the last generation is reached after 136 years.
        Ok(Self::encode(keys, self.session, self.generation.saturating_add(1), secret))
    }

    /// Returns the id of the session.
    pub fn session(&self) -> Uuid {
        self.session
    }

    /// Returns how often the session had rotated when this token was issued.
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// Returns the hash that the database stores: SHA-256 of the text.
    pub fn hash(&self) -> TokenHash {
        TokenHash::of(&self.text)
    }

    /// Returns the text, for the cookie or the response of the JSON API only.
    pub fn expose_secret(&self) -> &str {
        &self.text
    }

    fn encode(keys: &Keys, session: Uuid, generation: u32, secret: Zeroizing<[u8; 32]>) -> Self {
        let mut bytes = Zeroizing::new(Vec::with_capacity(UNTAGGED_LENGTH + TAG_LENGTH));
        bytes.push(FORMAT | keys.id);
        bytes.extend_from_slice(session.as_bytes());
        bytes.extend_from_slice(&generation.to_be_bytes());
        bytes.extend_from_slice(&*secret);
        let tag = tag_of(keys, &bytes);
        bytes.extend_from_slice(&tag);
        let text = Zeroizing::new(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(&*bytes)));
        Self { key_id: keys.id, session, generation, secret, text }
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshToken")
            .field("session", &self.session)
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}

/// The text is not a refresh token of this server: it is malformed or forged, or its key is no longer in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a refresh token of this server")]
pub struct InvalidToken;

/// SHA-256 of a refresh token or of an attempt id, as the database stores it.
#[derive(Clone, Copy)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// Hashes a text.
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// Returns the bytes, for the database.
    pub fn to_vec(self) -> Vec<u8> {
        self.0.to_vec()
    }

    /// Compares with the bytes in the database, in constant time.
    pub fn matches(&self, stored: Option<&[u8]>) -> bool {
        stored.is_some_and(|stored| self.0.ct_eq(stored).into())
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

fn hmac(key: &[u8; 32]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes a key of any length")
}

fn tag_of(keys: &Keys, untagged: &[u8]) -> [u8; TAG_LENGTH] {
    let mut mac = hmac(&keys.tag);
    mac.update(untagged);
    let mut tag = [0; TAG_LENGTH];
    tag.copy_from_slice(&mac.finalize().into_bytes()[..TAG_LENGTH]);
    tag
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::ServerSecret;
    use proptest::prelude::*;

    fn key_ring(byte: u8) -> KeyRing {
        KeyRing::new(&[ServerSecret::new(vec![byte; 32]).unwrap()]).unwrap()
    }

    fn first(ring: &KeyRing) -> RefreshToken {
        RefreshToken::generate(ring.newest(), Uuid::from_u128(7), Zeroizing::new([9; 32]))
    }

    #[test]
    fn a_token_survives_a_round_trip_through_its_text() {
        let ring = key_ring(1);
        let token = first(&ring).successor(&ring).unwrap();
        let read = RefreshToken::parse(&ring, token.expose_secret()).unwrap();
        assert_eq!(read.expose_secret(), token.expose_secret());
        assert_eq!((read.session(), read.generation()), (Uuid::from_u128(7), 1));
        assert_eq!(token.expose_secret().len(), TEXT_LENGTH);
    }

    #[test]
    fn the_successor_is_the_same_on_every_node_and_differs_from_the_token() {
        let (here, there) = (key_ring(1), key_ring(1));
        let token = first(&here);
        let successor = token.successor(&here).unwrap();
        assert_eq!(
            successor.expose_secret(),
            RefreshToken::parse(&there, token.expose_secret())
                .unwrap()
                .successor(&there)
                .unwrap()
                .expose_secret()
        );
        assert_ne!(successor.expose_secret(), token.expose_secret());
        assert!(!successor.hash().matches(Some(&token.hash().to_vec())));
    }

    #[test]
    fn a_token_of_another_server_is_refused() {
        assert_eq!(
            RefreshToken::parse(&key_ring(1), first(&key_ring(2)).expose_secret()).unwrap_err(),
            InvalidToken
        );
    }

    #[test]
    fn tokens_of_an_older_key_are_accepted_and_have_the_same_successor() {
        let old = key_ring(1);
        let token = first(&old);
        let secrets = [5, 1].map(|byte| ServerSecret::new(vec![byte; 32]).unwrap());
        let both = KeyRing::new(&secrets).unwrap();
        let successor =
            RefreshToken::parse(&both, token.expose_secret()).unwrap().successor(&both).unwrap();
        assert_eq!(successor.expose_secret(), token.successor(&old).unwrap().expose_secret());
    }

    #[test]
    fn debug_output_contains_only_session_and_generation() {
        let token = first(&key_ring(1));
        let shown = format!("{token:?} {:?}", token.hash());
        assert!(shown.contains("generation: 0"));
        assert!(!shown.contains(&token.expose_secret()[4..40]) && !shown.contains("[9, 9"));
    }

    proptest! {
        #[test]
        fn arbitrary_text_is_refused_without_a_panic(text in ".{0,200}") {
            prop_assert!(RefreshToken::parse(&key_ring(1), &text).is_err());
        }

        #[test]
        fn a_token_with_one_changed_character_is_refused(at in 0..TEXT_LENGTH, by in 1u8..64) {
            const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
            let ring = key_ring(1);
            let mut text = first(&ring).expose_secret().as_bytes().to_vec();
            let index = ALPHABET.iter().position(|c| *c == text[at]).unwrap();
            text[at] = ALPHABET[(index + usize::from(by)) % 64];
            prop_assert!(RefreshToken::parse(&ring, std::str::from_utf8(&text).unwrap()).is_err());
        }

        #[test]
        fn a_truncated_token_is_refused(length in 0..TEXT_LENGTH) {
            let ring = key_ring(1);
            prop_assert!(RefreshToken::parse(&ring, &first(&ring).expose_secret()[..length]).is_err());
        }
    }
}
