//! The verifier of `docs/integrate.md`, against the server.

use crate::helpers::TestApp;
use anyhow::{Context, ensure};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use serde::Deserialize;

/// The same as in the document.
#[derive(Debug, Deserialize)]
struct Claims {
    sub: String,
    sid: String,
}

/// The same as in the document.
fn verify(token: &str, url: &str, keys: &JwkSet) -> anyhow::Result<Claims> {
    let header = decode_header(token)?;
    ensure!(header.typ.as_deref() == Some("at+jwt"), "not an access token");
    let kid = header.kid.context("no key id")?;
    // Fetch the keys again if the id is unknown: the server may have a new secret.
    let key = keys.find(&kid).context("unknown key")?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_issuer(&[url]);
    validation.set_audience(&[url]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    Ok(decode::<Claims>(token, &DecodingKey::from_jwk(key)?, &validation)?.claims)
}

async fn keys_of(app: &TestApp) -> JwkSet {
    let answer = app.call("GET", "/.well-known/jwks.json", None, None).await;
    serde_json::from_str(&answer.text()).unwrap()
}

#[tokio::test]
async fn another_service_verifies_access_tokens_with_the_published_keys() {
    let app = TestApp::start().await;
    let (_, token) = app.signed_up().await;
    let url = app.state.config.public_url.origin().ascii_serialization();
    let keys = keys_of(&app).await;
    let claims = verify(&token, &url, &keys).unwrap();
    let profile = app.call("GET", "/api/profile", Some(&token), None).await.json();
    assert_eq!(claims.sub, profile["id"].as_str().unwrap());
    assert_eq!(claims.sid, profile["session"]["id"].as_str().unwrap());

    let secret = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
    let other = TestApp::start_with(&[("HANDSTAMP_SECRET", secret)]).await;
    assert!(verify(&token, &url, &keys_of(&other).await).is_err(), "keys of another server");
    assert!(verify(&token, "https://other.example", &keys).is_err(), "another audience");
}

/// The two copies of the function stay the same.
#[test]
fn the_function_in_the_document_is_the_one_that_is_tested() {
    let document = std::fs::read_to_string("docs/integrate.md").unwrap();
    let function = |text: &str| {
        let begin = text.find("fn verify(").unwrap();
        let end = begin + text[begin..].find("\n}").unwrap();
        text[begin..end].to_owned()
    };
    assert_eq!(function(&document), function(include_str!("integrate.rs")));
}
