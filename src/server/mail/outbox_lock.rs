//! Restricts the outbox of a demo to the user who started the server, and excludes clients behind a proxy.
//!
//! The server prints a URL with a key when it starts. A browser that opens the URL receives a cookie, which stays valid
//! after a restart.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use handstamp_engine::{keys::KeyRing, random::random};
use std::fmt;
use subtle::ConstantTimeEq;

/// The key of this process, and the value of the cookie that it is exchanged for.
pub struct OutboxLock {
    key: String,
    cookie: String,
}

impl OutboxLock {
    /// Uses the key of the settings, or generates one with 128 bits.
    ///
    /// # Errors
    /// Fails if there are no random bytes.
    pub fn new(key: Option<&str>, keys: &KeyRing) -> anyhow::Result<Self> {
        let key = match key {
            Some(key) => key.to_owned(),
            None => {
                let bytes: [u8; 16] =
                    random().map_err(|_| anyhow::anyhow!("there are no random bytes"))?;
                URL_SAFE_NO_PAD.encode(bytes)
            }
        };
        Ok(Self { key, cookie: URL_SAFE_NO_PAD.encode(keys.newest().outbox) })
    }

    /// Returns the key, for the printed URL.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the value of the cookie if the key is correct.
    pub fn open(&self, key: &str) -> Option<&str> {
        is_equal(key, &self.key).then_some(self.cookie.as_str())
    }

    /// Returns whether the value of the cookie is correct.
    pub fn is_open_for(&self, cookie: &str) -> bool {
        is_equal(cookie, &self.cookie)
    }
}

impl fmt::Debug for OutboxLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OutboxLock(…)")
    }
}

fn is_equal(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}
