//! The public keys of the access tokens, for other services (RFC 7517).

use crate::helpers::{Answer, TestApp};
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use serde_json::json;

async fn keys(app: &TestApp, tag: Option<&str>) -> Answer {
    let mut request =
        Request::get("/.well-known/jwks.json").header("origin", "https://elsewhere.example");
    if let Some(tag) = tag {
        request = request.header("if-none-match", tag);
    }
    app.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn public_keys_are_cacheable_and_readable_by_any_origin() {
    let mut app = TestApp::start().await;
    let answer = keys(&app, None).await;
    for (header, value) in [
        ("content-type", "application/jwk-set+json"),
        ("cache-control", "public, max-age=300"),
        ("access-control-allow-origin", "*"),
        ("cross-origin-resource-policy", "cross-origin"),
    ] {
        assert_eq!(answer.header(header), Some(value), "{header}");
    }
    let key = &answer.json()["keys"][0];
    assert_eq!(
        (&key["kty"], &key["crv"], &key["alg"], &key["use"]),
        (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA"), &json!("sig"))
    );
    let tag = answer.header("etag").unwrap().to_owned();
    for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
        let unchanged = keys(&app, Some(&known)).await;
        assert_eq!((unchanged.status, unchanged.text().as_str()), (StatusCode::NOT_MODIFIED, ""));
        assert_eq!(unchanged.header("etag"), Some(tag.as_str()));
    }
    assert_eq!(keys(&app, Some("\"x\"")).await.status, StatusCode::OK);

    let secrets =
        "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=,AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    app.restart_with_secrets(secrets).await;
    let changed = keys(&app, Some(&tag)).await;
    assert_eq!(changed.status, StatusCode::OK);
    assert_eq!(changed.json()["keys"].as_array().unwrap().len(), 2);
    assert_eq!(&changed.json()["keys"][1], key);
}
