//! Encrypts secrets that have to be stored in recoverable form: e-mails with links, and TOTP secrets. A copy of the
//! database alone does not disclose them.
//!
//! The algorithm is `XChaCha20-Poly1305` (draft-irtf-cfrg-xchacha §2) with a random nonce of 24 bytes. The result is
//! the id of the key, the nonce, and the ciphertext with its tag.

use crate::error::ServiceError;
use anyhow::anyhow;
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use handstamp_engine::{
    keys::{KeyRing, Keys},
    random::random,
};

const NONCE_LENGTH: usize = 24;

/// Encrypts `content`. `place` identifies the row that it belongs to and is authenticated as associated data.
///
/// # Errors
/// Fails with `internal` if there are no random bytes.
pub fn encrypt(keys: &Keys, place: &[u8], content: &[u8]) -> Result<Vec<u8>, ServiceError> {
    let nonce: [u8; NONCE_LENGTH] = random()?;
    let payload = Payload { msg: content, aad: place };
    let ciphertext = cipher(keys)
        .encrypt(&XNonce::from(nonce), payload)
        .map_err(|_| ServiceError::internal(anyhow!("encryption failed")))?;
    Ok([&[keys.id], nonce.as_slice(), &ciphertext].concat())
}

/// Decrypts with the key of the ring that was used to encrypt.
///
/// # Errors
/// Fails with `internal` if the data was changed, belongs to another `place`, or if its key is no longer in the ring.
pub fn decrypt(ring: &KeyRing, place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, ServiceError> {
    let decrypted = sealed.split_first().and_then(|(id, rest)| {
        let (nonce, content) = rest.split_first_chunk::<NONCE_LENGTH>()?;
        let payload = Payload { msg: content, aad: place };
        cipher(ring.get(*id)?).decrypt(&XNonce::from(*nonce), payload).ok()
    });
    decrypted.ok_or_else(|| {
        ServiceError::internal(anyhow!("decryption failed; was HANDSTAMP_SECRET replaced?"))
    })
}

/// Returns whether the newest key was used. If not, the data is lost when the older secret is removed.
pub fn is_newest(ring: &KeyRing, sealed: &[u8]) -> bool {
    sealed.first() == Some(&ring.newest().id)
}

fn cipher(keys: &Keys) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&keys.sealing.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use handstamp_engine::keys::ServerSecret;

    fn ring(bytes: &[u8]) -> KeyRing {
        let secret = |&byte: &u8| ServerSecret::new(vec![byte; 32]).unwrap();
        KeyRing::new(&bytes.iter().map(secret).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn decryption_requires_the_key_and_the_associated_data() {
        let ring_7 = ring(&[7]);
        let sealed = encrypt(ring_7.newest(), b"here", b"content").unwrap();
        assert!(!sealed.windows(7).any(|part| part == b"content"));
        assert_eq!(decrypt(&ring_7, b"here", &sealed).unwrap(), b"content");
        assert_eq!(decrypt(&ring(&[8, 7]), b"here", &sealed).unwrap(), b"content", "an older key");
        assert!(is_newest(&ring_7, &sealed) && !is_newest(&ring(&[8, 7]), &sealed));
        assert!(decrypt(&ring_7, b"there", &sealed).is_err());
        assert!(decrypt(&ring(&[8]), b"here", &sealed).is_err());
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert!(decrypt(&ring_7, b"here", &changed).is_err(), "byte {place}");
            assert!(decrypt(&ring_7, b"here", &sealed[..place]).is_err(), "{place} bytes");
        }
    }
}
