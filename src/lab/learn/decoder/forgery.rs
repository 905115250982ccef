//! Changes of an access token that an attacker could make without the server's key.

use super::fields::Fields;

/// What is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forgery {
    /// Nothing, for comparison.
    Unchanged,
    /// The user.
    OtherUser,
    /// The expiry.
    LaterExpiry,
    /// The session.
    OtherSession,
    /// The algorithm; the token has no signature (RFC 7519 §6).
    NoAlgorithm,
    /// One character of the signature.
    BrokenSignature,
}

/// All of them, in the order of the page.
pub const FORGERIES: [Forgery; 6] = [
    Forgery::Unchanged,
    Forgery::OtherUser,
    Forgery::LaterExpiry,
    Forgery::OtherSession,
    Forgery::NoAlgorithm,
    Forgery::BrokenSignature,
];

/// The id that replaces a user or a session. No account and no session has it.
const OTHER_ID: &str = "00000000-0000-4000-8000-000000000000";

const ONE_YEAR: i64 = 31_536_000;

/// The parts of a token that are not secret: together they are no usable token.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Unsigned {
    /// The header as it is sent, in base64url.
    pub header: String,
    /// The payload as it is sent, in base64url.
    pub payload: String,
}

impl Unsigned {
    /// Splits a token. Returns `None` if it is malformed.
    pub fn of(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let (header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self { header: header.to_owned(), payload: payload.to_owned() })
            .filter(|_| parts.next().is_none())
    }
}

impl Forgery {
    /// Returns the name of the member that is changed, or of the signature.
    pub fn changed(self) -> &'static str {
        match self {
            Self::Unchanged => "",
            Self::OtherUser => "sub",
            Self::LaterExpiry => "exp",
            Self::OtherSession => "sid",
            Self::NoAlgorithm => "alg",
            Self::BrokenSignature => "signature",
        }
    }

    /// Returns the unsigned part after the change. Returns `None` if the token is malformed.
    pub fn apply(self, original: &Unsigned) -> Option<Unsigned> {
        let mut header = Fields::decode(&original.header)?;
        let mut payload = Fields::decode(&original.payload)?;
        match self {
            Self::Unchanged | Self::BrokenSignature => return Some(original.clone()),
            Self::OtherUser => payload.set("sub", OTHER_ID),
            Self::OtherSession => payload.set("sid", OTHER_ID),
            Self::LaterExpiry => {
                let expires = payload.get("exp")?.as_i64()?;
                payload.set("exp", expires.saturating_add(ONE_YEAR));
            }
            Self::NoAlgorithm => header.set("alg", "none"),
        }
        Some(Unsigned { header: header.encode(), payload: payload.encode() })
    }

    /// Returns the whole token after the change. Returns `None` if the token is malformed.
    pub fn forge(self, token: &str) -> Option<String> {
        let Unsigned { header, payload } = self.apply(&Unsigned::of(token)?)?;
        let signature = token.rsplit('.').next()?;
        let signature = match self {
            Self::NoAlgorithm => String::new(),
            Self::BrokenSignature => {
                let first = if signature.starts_with('A') { "B" } else { "A" };
                [first, signature.get(1..)?].concat()
            }
            _ => signature.to_owned(),
        };
        Some([header, payload, signature].join("."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use serde_json::{Value, json};

    fn token() -> String {
        let header = URL_SAFE_NO_PAD.encode(r#"{"typ":"at+jwt","alg":"EdDSA"}"#);
        let payload = URL_SAFE_NO_PAD.encode(r#"{"sub":"u","sid":"s","exp":10}"#);
        format!("{header}.{payload}.Cd")
    }

    /// Returns the header, the payload and the signature of a forged token.
    fn parts(forgery: Forgery) -> (Value, Value, String) {
        let forged = forgery.forge(&token()).unwrap();
        let parts: Vec<&str> = forged.split('.').collect();
        let read =
            |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
        (read(parts[0]), read(parts[1]), parts[2].to_owned())
    }

    #[test]
    fn each_forgery_changes_one_thing() {
        let (header, payload, signature) = parts(Forgery::Unchanged);
        assert_eq!(Forgery::Unchanged.forge(&token()), Some(token()));
        for forgery in [Forgery::OtherUser, Forgery::OtherSession, Forgery::LaterExpiry] {
            let mut expected = payload.clone();
            expected[forgery.changed()] = match forgery {
                Forgery::LaterExpiry => json!(10 + ONE_YEAR),
                _ => json!(OTHER_ID),
            };
            assert_eq!(parts(forgery), (header.clone(), expected, signature.clone()));
        }
        let unsigned = json!({"typ": "at+jwt", "alg": "none"});
        assert_eq!(parts(Forgery::NoAlgorithm), (unsigned, payload.clone(), String::new()));
        assert_eq!(parts(Forgery::BrokenSignature), (header, payload, "Ad".to_owned()));
    }

    #[test]
    fn a_broken_signature_always_differs() {
        for signature in ["Ad", "Bd", "-d"] {
            let token = token().replace("Cd", signature);
            let forged = Forgery::BrokenSignature.forge(&token).unwrap();
            assert!(forged != token && forged.len() == token.len());
        }
    }

    #[test]
    fn malformed_tokens_are_not_forged() {
        for malformed in ["", "a", "a.b", "a.b.c", "e30.e30.c.d", "e30.!.c"] {
            for forgery in FORGERIES {
                assert_eq!(forgery.forge(malformed), None, "{malformed} {forgery:?}");
            }
        }
        assert_eq!(Forgery::LaterExpiry.forge("e30.e30.c"), None);
    }
}
