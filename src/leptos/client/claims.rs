//! Reads the claims of the access token, to display them. The token itself stays in the session store.

use handstamp_protocol::types::AccessToken;
use serde::Deserialize;

/// The claims of an access token (RFC 9068 §2.2). Times are in seconds since the Unix epoch, by the server's clock.
/// The client does not verify the signature.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Claims {
    /// The issuer.
    pub iss: String,
    /// The audience.
    pub aud: String,
    /// The user id.
    pub sub: String,
    /// The session id.
    pub sid: String,
    /// The token id.
    pub jti: String,
    /// When it was issued.
    pub iat: i64,
    /// When it expires.
    pub exp: i64,
    /// When the user logged in.
    pub auth_time: i64,
}

/// Decodes the payload of a JWT (RFC 7519 §3). Returns `None` if it is malformed.
pub fn read(token: &AccessToken) -> Option<Claims> {
    let payload = token.expose_secret().split('.').nth(1)?;
    serde_json::from_slice(&base64url(payload)?).ok()
}

/// Decodes base64url without padding (RFC 7515 §2). Returns `None` if it is malformed. Needs no library, which would
/// make the page larger.
pub fn base64url(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0_u32);
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
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
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
    fn claims_are_decoded_and_malformed_tokens_have_none() {
        let claims = json!({"iss": "i", "aud": "a", "sub": "u", "sid": "s", "jti": "j",
            "iat": 1, "exp": 2, "auth_time": 0, "more": true});
        let payload = URL_SAFE_NO_PAD.encode(claims.to_string());
        let read = read(&AccessToken::new(format!("e30.{payload}.x"))).unwrap();
        assert_eq!((read.sid.as_str(), read.exp), ("s", 2));
        for malformed in ["", "a", "a.b.c", "a.!.c", "a.e30.c"] {
            assert_eq!(super::read(&AccessToken::new(malformed.to_owned())), None);
        }
    }

    proptest! {
        #[test]
        fn base64url_round_trips(bytes: Vec<u8>) {
            prop_assert_eq!(base64url(&URL_SAFE_NO_PAD.encode(&bytes)), Some(bytes));
        }
    }
}
