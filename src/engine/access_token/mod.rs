//! The access token: a JWT of type `at+jwt` (RFC 9068) signed with Ed25519. It is verified without I/O.

use super::{
    clock::Timestamp,
    jwk::{Jwk, JwkSet},
    jwt_provider,
    keys::{KeyRing, Keys},
};
use anyhow::Context;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{SigningKey, VerifyingKey, pkcs8::EncodePrivateKey};
use handstamp_protocol::types::AccessToken;
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode,
};
use quick_cache::sync::Cache;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    borrow::Cow,
    collections::HashMap,
    fmt,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};
use uuid::Uuid;

/// The `typ` of an access token (RFC 9068 §2.1). JWTs of other types are refused (RFC 8725 §3.11).
pub const TOKEN_TYPE: &str = "at+jwt";

/// The `client_id` of every access token, which RFC 9068 §2.2 requires. It is constant and not used, because clients
/// are not registered.
const CLIENT_ID: &str = "handstamp";

fn client_id() -> Cow<'static, str> {
    CLIENT_ID.into()
}

/// The claims of an access token. Times are whole seconds since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The issuer: the public URL.
    pub iss: String,
    /// The audience: the public URL.
    pub aud: String,
    /// Always `handstamp`. Tokens of versions without this claim lack it, and are accepted until they expire.
    #[serde(default = "client_id")]
    pub client_id: Cow<'static, str>,
    /// The user id.
    pub sub: Uuid,
    /// The session id: the token is refused if the session was revoked.
    pub sid: Uuid,
    /// The id of the token.
    pub jti: Uuid,
    /// When the token was issued, rounded down, because a verifier without leeway refuses a time in the future.
    pub iat: i64,
    /// When the token expires, rounded up: it lives for `expires_in` or up to a second longer. So `exp - iat` can be
    /// `expires_in` plus one.
    pub exp: i64,
    /// When the user logged in, or last entered the password in this session.
    pub auth_time: i64,
}

/// Why an access token was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The token is malformed or forged, or has another type, issuer or audience.
    #[error("the access token is invalid")]
    Invalid,
    /// The token was valid and has expired.
    #[error("the access token expired")]
    Expired,
}

/// The user and the session of a new access token.
#[derive(Debug, Clone, Copy)]
pub struct Subject {
    /// The user id.
    pub user: Uuid,
    /// The session id.
    pub session: Uuid,
    /// When the user logged in, or last entered the password.
    pub authenticated_at: Timestamp,
    /// When the session expires. The token does not outlive it.
    pub session_ends_at: Timestamp,
}

/// Issues and verifies access tokens.
pub struct AccessTokens {
    issuer: String,
    lifetime: Duration,
    /// The header, which all tokens share.
    header: Header,
    signing: EncodingKey,
    /// The keys with their ids, the signing key first.
    verifying: Vec<(String, VerifyingKey, DecodingKey)>,
    /// The fingerprints of the secrets, in the same order.
    fingerprints: Vec<String>,
    /// The last second at which a key may have issued tokens, by key id. The newest key has no entry.
    issued_until: RwLock<HashMap<String, i64>>,
    validation: Validation,
    /// The claims of tokens that were verified, by the SHA-256 of the token. Verifying a signature takes longer than
    /// the rest of a request.
    verified: Cache<[u8; 32], Arc<Claims>>,
}

/// The size of the cache of verified tokens, of about 300 bytes each.
const MAX_VERIFIED: usize = 16_384;

impl AccessTokens {
    /// Signs with the newest keys, and accepts tokens of all keys of the ring.
    ///
    /// # Errors
    /// Fails if the signing key can't be encoded, which is a bug.
    pub fn new(ring: &KeyRing, issuer: String, lifetime: Duration) -> anyhow::Result<Self> {
        jwt_provider::install();
        let signing = signing_key(ring.newest());
        let header = Header {
            typ: Some(TOKEN_TYPE.to_owned()),
            kid: Some(key_id(&signing.verifying_key())),
            ..Header::new(Algorithm::EdDSA)
        };
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[&issuer]);
        validation.set_audience(&[&issuer]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // `verify` checks the expiry with the time that it is given, so that tests can set it.
        validation.validate_exp = false;
        let verifying = ring.iter().map(|keys| {
            let key = signing_key(keys).verifying_key();
            (key_id(&key), key, DecodingKey::from_ed_der(key.as_bytes()))
        });
        Ok(Self {
            issuer,
            lifetime,
            header,
            signing: encoding_key(&signing)?,
            verifying: verifying.collect(),
            fingerprints: ring.iter().map(|keys| keys.fingerprint.clone()).collect(),
            issued_until: RwLock::default(),
            validation,
            verified: Cache::new(MAX_VERIFIED),
        })
    }

    /// Limits older keys, named by the fingerprints of their secrets: tokens that claim to be issued after the time are
    /// invalid. So a leaked secret that was replaced is useless after one lifetime.
    pub fn limit(&self, limits: &[(String, Timestamp)]) {
        let mut issued_until = self.issued_until.write().unwrap_or_else(PoisonError::into_inner);
        for (fingerprint, until) in limits {
            let index = self.fingerprints.iter().position(|known| known == fingerprint);
            if let Some((key_id, ..)) = index.and_then(|index| self.verifying.get(index)) {
                issued_until.insert(key_id.clone(), until.seconds_up());
            }
        }
    }

    /// Issues a token. Returns it with its lifetime in seconds.
    ///
    /// # Errors
    /// Fails if the claims can't be encoded, which is a bug.
    pub fn issue(&self, subject: Subject, now: Timestamp) -> anyhow::Result<(AccessToken, u32)> {
        let ends_at = now.plus(self.lifetime).min(subject.session_ends_at);
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.issuer.clone(),
            client_id: client_id(),
            sub: subject.user,
            sid: subject.session,
            jti: Uuid::new_v4(),
            iat: now.seconds(),
            exp: ends_at.seconds_up(),
            auth_time: subject.authenticated_at.seconds(),
        };
        let token = self.sign(&self.header, &claims)?;
        Ok((AccessToken::new(token), seconds_left(ends_at, now)))
    }

    /// Returns the compact form of a JWS (RFC 7515 §7.1).
    fn sign(&self, header: &Header, claims: &impl Serialize) -> anyhow::Result<String> {
        encode(header, claims, &self.signing).context("signing an access token")
    }

    /// Returns the public keys (RFC 7517, RFC 8037), the signing key first.
    pub fn jwks(&self) -> JwkSet {
        let keys = self.verifying.iter().map(|(kid, key, _)| Jwk::new(kid, key));
        JwkSet { keys: keys.collect() }
    }

    /// Verifies algorithm, type, key, signature, issuer, audience and expiry. If the token was verified before, only
    /// the expiry is checked.
    ///
    /// # Errors
    /// [`TokenError::Expired`] only if the token is otherwise valid, else [`TokenError::Invalid`].
    pub fn verify(&self, text: &str, now: Timestamp) -> Result<Arc<Claims>, TokenError> {
        let token_hash: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        let claims = match self.verified.get(&token_hash) {
            Some(claims) => claims,
            None => {
                let claims = Arc::new(self.verify_uncached(text)?);
                self.verified.insert(token_hash, Arc::clone(&claims));
                claims
            }
        };
        // Revocations are kept for one lifetime. A token with a longer one, from before a change of the setting, must
        // not outlive its revocation.
        let max_lifetime =
            i64::try_from(self.lifetime.as_millis().div_ceil(1000)).unwrap_or(i64::MAX);
        let expires = claims.exp.min(claims.iat.saturating_add(max_lifetime).saturating_add(1));
        if now.seconds() < expires { Ok(claims) } else { Err(TokenError::Expired) }
    }

    /// Verifies everything but the expiry.
    fn verify_uncached(&self, text: &str) -> Result<Claims, TokenError> {
        let header = decode_header(text).map_err(|_| TokenError::Invalid)?;
        let has_expected_type =
            header.typ.as_deref() == Some(TOKEN_TYPE) && header.alg == Algorithm::EdDSA;
        let key = self
            .verifying
            .iter()
            .find(|(kid, ..)| Some(kid) == header.kid.as_ref())
            .filter(|_| has_expected_type);
        let (key_id, _, key) = key.ok_or(TokenError::Invalid)?;
        let token =
            decode::<Claims>(text, key, &self.validation).map_err(|_| TokenError::Invalid)?;
        let issued_until = self.issued_until.read().unwrap_or_else(PoisonError::into_inner);
        match issued_until.get(key_id) {
            Some(until) if token.claims.iat > *until => Err(TokenError::Invalid),
            _ => Ok(token.claims),
        }
    }
}

/// Returns the whole seconds from `now` to `end`, rounded up, so that they are zero only at the end.
pub fn seconds_left(end: Timestamp, now: Timestamp) -> u32 {
    let left = end.since(now).as_millis().div_ceil(1000);
    u32::try_from(left).unwrap_or(u32::MAX)
}

impl fmt::Debug for AccessTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessTokens").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

fn signing_key(keys: &Keys) -> SigningKey {
    SigningKey::from_bytes(&keys.signing)
}

/// Returns the key for `jsonwebtoken`: PKCS#8, which its own providers read too.
fn encoding_key(key: &SigningKey) -> anyhow::Result<EncodingKey> {
    let document = key.to_pkcs8_der().context("encoding the key of the access tokens")?;
    Ok(EncodingKey::from_ed_der(document.as_bytes()))
}

/// Returns the id of a key: a truncated SHA-256 of the public key.
fn key_id(key: &VerifyingKey) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(key.as_bytes())[..9])
}

#[cfg(test)]
mod tests;
