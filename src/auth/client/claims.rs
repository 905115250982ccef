//! What the access token says, for whoever wants to show it. The token itself stays in the session store.

use crate::protocol::types::AccessToken;
use serde::Deserialize;

/// The claims of an access token (RFC 9068 §2.2). Times are whole seconds since the Unix epoch, by the
/// server's clock. Only the server can tell whether they are genuine.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Claims {
    /// Who issued it.
    pub iss: String,
    /// Who it is for.
    pub aud: String,
    /// The user.
    pub sub: String,
    /// The session.
    pub sid: String,
    /// This token.
    pub jti: String,
    /// When it was issued.
    pub iat: i64,
    /// When it expires.
    pub exp: i64,
    /// When the person logged in.
    pub auth_time: i64,
}

/// Reads the middle part of a JWT (RFC 7519 §3); nothing where it is none.
pub fn read(token: &AccessToken) -> Option<Claims> {
    let payload = token.expose_secret().split('.').nth(1)?;
    serde_json::from_slice(&base64url(payload)?).ok()
}

/// Small, and without a library in the page.
fn base64url(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(value)) & 0xfff;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xff) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn the_claims_of_a_token_are_read_and_garbage_is_none() {
        let claims = json!({"iss": "i", "aud": "a", "sub": "u", "sid": "s", "jti": "j",
            "iat": 1, "exp": 2, "auth_time": 0, "more": true});
        let payload = URL_SAFE_NO_PAD.encode(claims.to_string());
        let read = read(&AccessToken::new(format!("e30.{payload}.x"))).unwrap();
        assert_eq!((read.sid.as_str(), read.exp), ("s", 2));
        for garbage in ["", "a", "a.b.c", "a.!.c", "a.e30.c"] {
            assert_eq!(super::read(&AccessToken::new(garbage.to_owned())), None);
        }
    }

    proptest! {
        #[test]
        fn base64url_is_read_back(bytes: Vec<u8>) {
            prop_assert_eq!(base64url(&URL_SAFE_NO_PAD.encode(&bytes)), Some(bytes));
        }
    }
}
