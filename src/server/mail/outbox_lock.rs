//! Who may read the outbox of a demo: the person who started the server, and no client that reaches it through a proxy.
//!
//! The server prints a URL with a key when it starts. A browser that opens it gets a cookie, which stays good over
//! restarts.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use handstamp_engine::{keys::KeyRing, random::random};
use std::fmt;
use subtle::ConstantTimeEq;

/// The key of this process, and the value of the cookie.
pub struct OutboxLock {
    key: String,
    cookie: String,
}

impl OutboxLock {
    /// Takes the key of the settings, or makes one of 128 bits.
    ///
    /// # Errors
    /// Fails if the operating system gives no random bytes.
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

    /// The key, for the URL that is printed.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the value of the cookie for a browser that shows the key.
    pub fn open(&self, key: &str) -> Option<&str> {
        is_equal(key, &self.key).then_some(self.cookie.as_str())
    }

    /// Whether a browser with this cookie has shown the key.
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
