//! `GET /.well-known/jwks.json`: the public keys of the access tokens (RFC 7517).

use super::openapi::responses::Always;
use crate::{error::ServiceError, http::state::AppState};
use anyhow::Context;
use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use handstamp_engine::jwk::JwkSet;
use sha2::{Digest, Sha256};

/// Verifiers cache the keys for five minutes. During a rotation of the secret, a new key must be published for that
/// long before it signs tokens (`docs/operations.md`).
const CACHE_POLICY: &str = "public, max-age=300";

/// Public keys
///
/// A JSON Web Key Set (RFC 7517) that verifies access tokens. The first key signs new tokens. Scripts of any origin
/// may read the set.
#[utoipa::path(
    get, path = "/.well-known/jwks.json", operation_id = "get_jwks", tag = "Operations",
    responses(
        (status = 200, description = "The keys.", body = JwkSet, content_type = "application/jwk-set+json", headers(
            ("ETag" = String, description = "For `If-None-Match`."),
            ("Cache-Control" = String, description = "How long the keys may be cached."),
        )),
        (status = 304, description = "The keys are those of the `ETag` in `If-None-Match`."),
        Always
    )
)]
pub(super) async fn show(
    State(state): State<AppState>,
    request_headers: HeaderMap,
) -> Result<Response, ServiceError> {
    let keys = serde_json::to_vec(&state.sessions.access_tokens.jwks());
    let keys = keys.context("encoding the public keys").map_err(ServiceError::internal)?;
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&Sha256::digest(&keys)[..12]));
    let headers = [
        (header::CACHE_CONTROL, HeaderValue::from_static(CACHE_POLICY)),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            HeaderValue::from_static("cross-origin"),
        ),
        (
            header::ETAG,
            HeaderValue::from_str(&tag)
                .context("the tag of the public keys")
                .map_err(ServiceError::internal)?,
        ),
    ];
    if has_tag(&request_headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    let kind = HeaderValue::from_static("application/jwk-set+json");
    Ok((headers, [(header::CONTENT_TYPE, kind)], keys).into_response())
}

/// Returns whether `If-None-Match` names the tag, by weak comparison (RFC 9110 §13.1.2).
fn has_tag(headers: &HeaderMap, tag: &str) -> bool {
    let lines = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    let mut tags = lines.flat_map(|line| line.split(',')).map(str::trim);
    tags.any(|given| given == "*" || given.strip_prefix("W/").unwrap_or(given) == tag)
}
