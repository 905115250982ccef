//! Seals what the database has to give back as it was: mail with links in it, the secrets of second
//! factors. Who steals the database can't open any of it.
//!
//! `XChaCha20-Poly1305` (draft-irtf-cfrg-xchacha §2) with a random nonce of 24 bytes. A sealed thing is
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

const NONCE: usize = 24;

/// Seals `content`. It opens only together with the same `place`, which says what it belongs to.
///
/// # Errors
/// `internal` where there are no random bytes.
pub fn encrypt(keys: &Keys, place: &[u8], content: &[u8]) -> Result<Vec<u8>, ServiceError> {
    let nonce: [u8; NONCE] = random()?;
    let payload = Payload { msg: content, aad: place };
    let sealed = cipher(keys)
        .encrypt(&XNonce::from(nonce), payload)
        .map_err(|_| ServiceError::internal(anyhow!("sealing failed")))?;
    Ok([&[keys.id], nonce.as_slice(), &sealed].concat())
}

/// Opens what was sealed with any of the keys.
///
/// # Errors
/// `internal` where it was changed, belongs elsewhere, or its key is gone.
pub fn decrypt(ring: &KeyRing, place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, ServiceError> {
    let opened = sealed.split_first().and_then(|(id, rest)| {
        let (nonce, content) = rest.split_first_chunk::<NONCE>()?;
        let payload = Payload { msg: content, aad: place };
        cipher(ring.get(*id)?).decrypt(&XNonce::from(*nonce), payload).ok()
    });
    opened.ok_or_else(|| {
        ServiceError::internal(anyhow!(
            "what was sealed can't be opened; was HANDSTAMP_SECRET replaced?"
        ))
    })
}

/// Whether it was sealed with the newest key; where it wasn't, it is lost once the older one goes.
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
    fn what_is_sealed_opens_in_its_place_with_its_key_and_never_otherwise() {
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
