//! The access token: a JWT of type `at+jwt` (RFC 9068) signed with Ed25519. Checking one is pure CPU.

use super::clock::Timestamp;
use super::{
    jwk::{Jwk, JwkSet},
    jwt_provider,
    keys::{KeyRing, Keys},
};
use anyhow::Context;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use handstamp_protocol::types::AccessToken;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header};
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

/// The `typ` of an access token (RFC 9068 §2.1); no other kind of JWT passes (RFC 8725 §3.11).
pub const TOKEN_TYPE: &str = "at+jwt";

/// The `client_id` of every access token (RFC 9068 §2.2 requires one). No client is registered anywhere,
/// so it is constant; nothing is decided by it.
const CLIENT_ID: &str = "handstamp";

fn client_id() -> Cow<'static, str> {
    CLIENT_ID.into()
}

/// What an access token says. Times are whole seconds since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued it: the public URL.
    pub iss: String,
    /// Who it is for: the public URL.
    pub aud: String,
    /// Always `handstamp`. Tokens from before this claim lack it, and are good until they expire.
    #[serde(default = "client_id")]
    pub client_id: Cow<'static, str>,
    /// The user.
    pub sub: Uuid,
    /// The session, so that revoking it stops this token too.
    pub sid: Uuid,
    /// This token.
    pub jti: Uuid,
    /// When it was issued, rounded down: a verifier without leeway refuses one from the future.
    pub iat: i64,
    /// When it expires, rounded up: it lives for `expires_in` or up to a second longer, never shorter. So
    /// `exp - iat` can be one more than `expires_in`.
    pub exp: i64,
    /// When the user logged in, or showed the password again in this session.
    pub auth_time: i64,
}

/// Why an access token was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Malformed, forged, of another type, issuer or audience.
    #[error("the access token is invalid")]
    Invalid,
    /// It was good once.
    #[error("the access token expired")]
    Expired,
}

/// For whom and for how long a token is issued.
#[derive(Debug, Clone, Copy)]
pub struct Subject {
    /// The user.
    pub user: Uuid,
    /// The session.
    pub session: Uuid,
    /// The login.
    pub authenticated_at: Timestamp,
    /// The session's end, which the token does not outlive.
    pub session_ends_at: Timestamp,
}

/// Issues and checks access tokens.
pub struct AccessTokens {
    issuer: String,
    lifetime: Duration,
    /// The encoded header, which is the same for all.
    header: String,
    signing: SigningKey,
    /// The keys by their ids, the one that issues first.
    verifying: Vec<(String, VerifyingKey, DecodingKey)>,
    /// The fingerprints of the secrets, in the same order.
    fingerprints: Vec<String>,
    /// By the id of a key: the last second at which a token of it can have been issued. The newest key has none.
    issued_until: RwLock<HashMap<String, i64>>,
    validation: Validation,
    /// What tokens that were good say, by their SHA-256: it spares the signature, which takes longer
    /// than everything else of a request, and holds no token.
    verified: Cache<[u8; 32], Arc<Claims>>,
}

/// How many verified tokens are remembered, some 300 bytes each.
const REMEMBERED: usize = 16_384;

impl AccessTokens {
    /// Takes the signing key from the newest keys and accepts those of the whole ring.
    ///
    /// # Errors
    /// Only if the header can't be encoded, which is a bug.
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
        // The expiry is checked against our own clock, which tests can turn.
        validation.validate_exp = false;
        let verifying = ring.iter().map(|keys| {
            let key = signing_key(keys).verifying_key();
            (key_id(&key), key, DecodingKey::from_ed_der(key.as_bytes()))
        });
        Ok(Self {
            issuer,
            lifetime,
            header: encoded(&header)?,
            signing,
            verifying: verifying.collect(),
            fingerprints: ring.iter().map(|keys| keys.fingerprint.clone()).collect(),
            issued_until: RwLock::default(),
            validation,
            verified: Cache::new(REMEMBERED),
        })
    }

    /// Limits older keys, by the fingerprints of their secrets: tokens of them that claim to be issued after that
    /// moment are invalid. So a secret that has leaked and was replaced proves nothing after one lifetime.
    pub fn limit(&self, limits: &[(String, Timestamp)]) {
        let mut issued_until = self.issued_until.write().unwrap_or_else(PoisonError::into_inner);
        for (fingerprint, until) in limits {
            let place = self.fingerprints.iter().position(|known| known == fingerprint);
            if let Some((key_id, ..)) = place.and_then(|place| self.verifying.get(place)) {
                issued_until.insert(key_id.clone(), until.seconds_up());
            }
        }
    }

    /// Issues a token; answers it with the seconds that it lives.
    ///
    /// # Errors
    /// Only if the claims can't be encoded, which is a bug.
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

    /// Issues a token that says the same, and is over after `lifetime` or with the one before, whichever
    /// comes first; answers it with the seconds that it lives.
    ///
    /// # Errors
    /// Only if the claims can't be encoded, which is a bug.
    pub fn shorten(
        &self,
        claims: &Claims,
        lifetime: Duration,
        now: Timestamp,
    ) -> anyhow::Result<(AccessToken, u32)> {
        let exp = now.plus(lifetime).seconds_up().min(claims.exp);
        let claims = Claims { jti: Uuid::new_v4(), exp, ..claims.clone() };
        let left = u32::try_from(exp.saturating_sub(now.seconds())).unwrap_or_default();
        Ok((AccessToken::new(self.sign(&self.header, &claims)?), left))
    }

    /// The compact form of a JWS (RFC 7515 §7.1). `jsonwebtoken` would derive the public key for every
    /// token, which takes as long as the signature.
    fn sign(&self, header: &str, claims: &impl Serialize) -> anyhow::Result<String> {
        let mut token = format!("{header}.{}", encoded(claims)?);
        let signature = self.signing.sign(token.as_bytes()).to_bytes();
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }

    /// The public keys (RFC 7517, RFC 8037), the one that signs first.
    pub fn jwks(&self) -> JwkSet {
        let keys = self.verifying.iter().map(|(kid, key, _)| Jwk::new(kid, key));
        JwkSet { keys: keys.collect() }
    }

    /// Checks a token: algorithm, type, key, signature, issuer, audience, expiry. Of a token that was
    /// good before, only the expiry is checked again.
    ///
    /// # Errors
    /// [`Refused`], and `Expired` only for a token that was good in every other way.
    pub fn verify(&self, text: &str, now: Timestamp) -> Result<Arc<Claims>, Refused> {
        let fingerprint: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        let claims = match self.verified.get(&fingerprint) {
            Some(claims) => claims,
            None => {
                let claims = Arc::new(self.check(text)?);
                self.verified.insert(fingerprint, Arc::clone(&claims));
                claims
            }
        };
        // Revocations are remembered for one lifetime: a token of a longer one, from before a change
        // of the setting, must not outlast that.
        let longest = i64::try_from(self.lifetime.as_millis().div_ceil(1000)).unwrap_or(i64::MAX);
        let ends = claims.exp.min(claims.iat.saturating_add(longest).saturating_add(1));
        if now.seconds() < ends { Ok(claims) } else { Err(Refused::Expired) }
    }

    /// Everything but the expiry.
    fn check(&self, text: &str) -> Result<Claims, Refused> {
        let header = decode_header(text).map_err(|_| Refused::Invalid)?;
        let known = header.typ.as_deref() == Some(TOKEN_TYPE) && header.alg == Algorithm::EdDSA;
        let key = self
            .verifying
            .iter()
            .find(|(kid, ..)| Some(kid) == header.kid.as_ref())
            .filter(|_| known);
        let (key_id, _, key) = key.ok_or(Refused::Invalid)?;
        let token = decode::<Claims>(text, key, &self.validation).map_err(|_| Refused::Invalid)?;
        let issued_until = self.issued_until.read().unwrap_or_else(PoisonError::into_inner);
        match issued_until.get(key_id) {
            Some(until) if token.claims.iat > *until => Err(Refused::Invalid),
            _ => Ok(token.claims),
        }
    }
}

/// Whole seconds from `now` to `end`, rounded up and never zero for what still lives.
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

/// Names a key by the fingerprint of its public half.
fn key_id(key: &VerifyingKey) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(key.as_bytes())[..9])
}

/// A part of a JWS: base64url of JSON.
fn encoded(part: &impl Serialize) -> anyhow::Result<String> {
    let json = serde_json::to_vec(part).context("encoding a part of an access token")?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

#[cfg(test)]
mod tests;
