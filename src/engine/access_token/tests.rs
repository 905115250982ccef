use super::*;
use crate::keys::ServerSecret;
use serde_json::Value;

const NOW: Timestamp = Timestamp(1_800_000_000_500);

fn issuer(byte: u8, url: &str) -> AccessTokens {
    let ring = KeyRing::new(&[ServerSecret::new(vec![byte; 32]).unwrap()]).unwrap();
    AccessTokens::new(&ring, url.to_owned(), Duration::from_secs(60)).unwrap()
}

fn subject() -> Subject {
    Subject {
        user: Uuid::from_u128(1),
        session: Uuid::from_u128(2),
        authenticated_at: NOW,
        session_ends_at: NOW.plus(Duration::from_secs(3600)),
    }
}

#[test]
fn a_token_is_valid_until_it_expires() {
    let tokens = issuer(1, "https://a.example");
    let (token, expires_in) = tokens.issue(subject(), NOW).unwrap();
    assert_eq!(expires_in, 60);
    let claims = tokens.verify(token.expose_secret(), NOW).unwrap();
    assert_eq!((claims.sub, claims.sid), (Uuid::from_u128(1), Uuid::from_u128(2)));
    assert!(tokens.verify(token.expose_secret(), NOW.plus(Duration::from_secs(60))).is_ok());
    assert_eq!(
        tokens.verify(token.expose_secret(), NOW.plus(Duration::from_secs(61))),
        Err(TokenError::Expired)
    );
}

#[test]
fn a_token_from_before_the_lifetime_was_reduced_expires_after_the_new_lifetime() {
    let ring = KeyRing::new(&[ServerSecret::new(vec![1; 32]).unwrap()]).unwrap();
    let url = "https://a.example".to_owned();
    let before = AccessTokens::new(&ring, url, Duration::from_secs(3000)).unwrap();
    let (token, _) = before.issue(subject(), NOW).unwrap();
    let after = issuer(1, "https://a.example");
    assert!(after.verify(token.expose_secret(), NOW.plus(Duration::from_secs(60))).is_ok());
    let later = NOW.plus(Duration::from_secs(62));
    assert_eq!(after.verify(token.expose_secret(), later), Err(TokenError::Expired));
}

#[test]
fn a_token_has_all_claims_that_rfc_9068_requires() {
    let tokens = issuer(1, "https://a.example");
    let (token, _) = tokens.issue(subject(), NOW).unwrap();
    let body = token.expose_secret().split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).unwrap()).unwrap();
    for claim in ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"] {
        assert!(claims.get(claim).is_some(), "{claim}");
    }
    assert_eq!(claims["client_id"], "handstamp");
}

/// An earlier version issued tokens without a `client_id`.
#[test]
fn a_token_without_a_client_id_is_valid() {
    let tokens = issuer(1, "https://a.example");
    let (token, _) = tokens.issue(subject(), NOW).unwrap();
    let body = token.expose_secret().split('.').nth(1).unwrap();
    let mut claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).unwrap()).unwrap();
    claims.as_object_mut().unwrap().remove("client_id");
    let without = tokens.sign(&tokens.header, &claims).unwrap();
    assert_eq!(tokens.verify(&without, NOW).unwrap().client_id, "handstamp");
}

#[test]
fn a_token_does_not_outlive_its_session() {
    let tokens = issuer(1, "https://a.example");
    let ends = Subject { session_ends_at: NOW.plus(Duration::from_secs(10)), ..subject() };
    assert_eq!(tokens.issue(ends, NOW).unwrap().1, 10);
}

#[test]
fn a_token_of_another_key_or_another_issuer_is_invalid() {
    let tokens = issuer(1, "https://a.example");
    for other in [issuer(2, "https://a.example"), issuer(1, "https://b.example")] {
        let (token, _) = other.issue(subject(), NOW).unwrap();
        assert_eq!(tokens.verify(token.expose_secret(), NOW), Err(TokenError::Invalid));
    }
}

/// RFC 8725 §3.1 and §3.11: one algorithm and one type, regardless of the header.
#[test]
fn another_type_or_algorithm_is_invalid_even_with_a_valid_key() {
    let tokens = issuer(1, "https://a.example");
    let (token, _) = tokens.issue(subject(), NOW).unwrap();
    let claims = tokens.verify(token.expose_secret(), NOW).unwrap();
    let valid = tokens.header.clone();
    let kid = valid.kid.clone().unwrap();
    assert!(tokens.verify(&tokens.sign(&valid, &*claims).unwrap(), NOW).is_ok());
    for invalid in [
        Header { typ: Some("JWT".to_owned()), ..valid.clone() },
        Header { typ: None, ..valid.clone() },
        Header { kid: None, ..valid },
    ] {
        let signed = tokens.sign(&invalid, &*claims).unwrap();
        assert_eq!(tokens.verify(&signed, NOW), Err(TokenError::Invalid), "{invalid:?}");
    }

    let body = token.expose_secret().split('.').nth(1).unwrap();
    for head in [
        format!(r#"{{"typ":"at+jwt","alg":"none","kid":"{kid}"}}"#),
        format!(r#"{{"typ":"at+jwt","alg":"HS256","kid":"{kid}"}}"#),
    ] {
        let forged = format!("{}.{body}.", URL_SAFE_NO_PAD.encode(head));
        assert_eq!(tokens.verify(&forged, NOW), Err(TokenError::Invalid));
    }
}

#[test]
fn a_changed_claim_is_invalid() {
    let tokens = issuer(1, "https://a.example");
    let (token, _) = tokens.issue(subject(), NOW).unwrap();
    let mut parts: Vec<String> = token.expose_secret().split('.').map(str::to_owned).collect();
    let claims = String::from_utf8(URL_SAFE_NO_PAD.decode(&parts[1]).unwrap()).unwrap();
    parts[1] = URL_SAFE_NO_PAD.encode(claims.replace("\"exp\":18", "\"exp\":28"));
    assert_eq!(tokens.verify(&parts.join("."), NOW), Err(TokenError::Invalid));
}

/// The header, the order of the claims and the signature (RFC 8032 §5.1.6) are the same in all versions.
#[test]
fn a_token_is_the_same_byte_for_byte() {
    let tokens = issuer(1, "https://a.example");
    let claims = Claims {
        iss: tokens.issuer.clone(),
        aud: tokens.issuer.clone(),
        client_id: client_id(),
        sub: Uuid::from_u128(1),
        sid: Uuid::from_u128(2),
        jti: Uuid::from_u128(3),
        iat: 1_800_000_000,
        exp: 1_800_000_060,
        auth_time: 1_800_000_000,
    };
    let token = tokens.sign(&tokens.header, &claims).unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    let [header, body, signature] = parts[..] else { panic!("{token}") };
    let json = |part| String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    assert_eq!(json(header), r#"{"typ":"at+jwt","alg":"EdDSA","kid":"5rOwGsMdra-f"}"#);
    assert_eq!(
        json(body),
        concat!(
            r#"{"iss":"https://a.example","aud":"https://a.example","client_id":"handstamp","#,
            r#""sub":"00000000-0000-0000-0000-000000000001","sid":"00000000-0000-0000-0000-000000000002","#,
            r#""jti":"00000000-0000-0000-0000-000000000003","#,
            r#""iat":1800000000,"exp":1800000060,"auth_time":1800000000}"#
        )
    );
    assert_eq!(
        signature,
        "gPwHwGpyhPS6KytPU28J5_13nhZkVISLKT9vN6LpQKg-YcUUpPYCjfBBNP-OEgS5f0-c77-W5zQROFWkstMEAw"
    );
}

/// `jsonwebtoken` requests the signer of each token from its provider, which caches the last key.
#[test]
fn issuers_on_one_thread_sign_with_their_own_keys() {
    let issuers = [issuer(1, "https://a.example"), issuer(2, "https://a.example")];
    for _ in 0..2 {
        for tokens in &issuers {
            let (token, _) = tokens.issue(subject(), NOW).unwrap();
            assert!(tokens.verify(token.expose_secret(), NOW).is_ok());
        }
    }
}
