//! The public keys of the access tokens as JSON Web Keys (RFC 7517, RFC 8037).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::VerifyingKey;
use serde::Serialize;

/// A set of keys (RFC 7517 §5), the signing key first.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JwkSet {
    /// The keys.
    #[cfg_attr(feature = "openapi", schema(min_items = 1))]
    pub keys: Vec<Jwk>,
}

/// An Ed25519 public key.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Jwk {
    kty: KeyType,
    crv: Curve,
    alg: Algorithm,
    #[serde(rename = "use")]
    purpose: Purpose,
    /// The key id, as in the header of a token.
    kid: String,
    /// The key, 32 bytes in base64url.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 43, max_length = 43, pattern = "^[A-Za-z0-9_-]{43}$")
    )]
    x: String,
}

impl Jwk {
    /// Creates the JWK of a public key with this id.
    pub fn new(kid: &str, key: &VerifyingKey) -> Self {
        Self {
            kty: KeyType::Okp,
            crv: Curve::Ed25519,
            alg: Algorithm::EdDsa,
            purpose: Purpose::Signature,
            kid: kid.to_owned(),
            x: URL_SAFE_NO_PAD.encode(key.as_bytes()),
        }
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
enum KeyType {
    #[serde(rename = "OKP")]
    Okp,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
enum Curve {
    Ed25519,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
enum Algorithm {
    #[serde(rename = "EdDSA")]
    EdDsa,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
enum Purpose {
    #[serde(rename = "sig")]
    Signature,
}
