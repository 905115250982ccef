//! Extractors that fail with an [`AppError`], which contains no value of the request.

use crate::{
    device::Device,
    http::{body, state::AppState},
};
use axum::{
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
    http::request::Parts,
};
use handstamp_protocol::{
    error::{AppError, ErrorCode},
    strict_json::{read_fields, read_object},
};
use serde::de::DeserializeOwned;
use std::convert::Infallible;
use utoipa::IntoParams;
use uuid::Uuid;

/// A JSON body (RFC 8259). Unknown fields are refused if the type denies them.
#[derive(Debug)]
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest<AppState> for JsonBody<T> {
    type Rejection = AppError;

    async fn from_request(request: Request, _: &AppState) -> Result<Self, AppError> {
        let (parts, body) = request.into_parts();
        let body = body::read(body).await?;
        body::require_json(&parts.headers)?;
        let read = read_object(&body).and_then(read_fields);
        read.map(Self).map_err(|error| AppError::bad_request(error.to_string()))
    }
}

/// Like [`JsonBody`], but an empty body is the default value.
#[derive(Debug)]
pub struct OptionalJsonBody<T>(pub T);

impl<T: DeserializeOwned + Default> FromRequest<AppState> for OptionalJsonBody<T> {
    type Rejection = AppError;

    async fn from_request(request: Request, _: &AppState) -> Result<Self, AppError> {
        let (parts, body) = request.into_parts();
        let body = body::read(body).await?;
        if body.is_empty() {
            return Ok(Self(T::default()));
        }
        body::require_json(&parts.headers)?;
        let read = read_object(&body).and_then(read_fields);
        read.map(Self).map_err(|error| AppError::bad_request(error.to_string()))
    }
}

/// The parameters of the query string.
#[derive(Debug)]
pub struct Parameters<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<AppState> for Parameters<T> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        let read = Query::<T>::from_request_parts(parts, state).await;
        read.map(|Query(parameters)| Self(parameters)).map_err(|_| {
            AppError::bad_request("A parameter of the address is unknown or has the wrong type.")
        })
    }
}

/// A UUID in the path. Any other value fails with `not_found`.
#[derive(Debug)]
pub struct PathId(pub Uuid);

impl FromRequestParts<AppState> for PathId {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        let read = Path::<Uuid>::from_request_parts(parts, state).await;
        read.map(|Path(id)| Self(id)).map_err(|_| ErrorCode::NotFound.into())
    }
}

/// The attempt id of a client of the JSON API (draft-ietf-httpapi-idempotency-key-header).
#[derive(Debug, IntoParams)]
#[into_params(names("Idempotency-Key"), parameter_in = Header)]
pub struct IdempotencyKey(
    /// 128 random bits, such as a UUID of version 4: with a key that can be guessed, an attacker who has a spent
    /// refresh token can repeat its refresh. The client generates the key when it starts a refresh and none is pending,
    /// stores it before it sends the request, and keeps it until a refresh changes its refresh token. Quotes around the
    /// key are allowed.
    #[param(
        nullable = false,
        min_length = 1,
        max_length = 257,
        pattern = r#"^([!#-~]([ !#-~]{0,253}[!#-~])?|"[ !#-~]{1,255}")$"#,
        example = "8e03978e-40d5-43dd-bc93-6894a57f9324"
    )]
    pub Option<String>,
);

impl FromRequestParts<AppState> for IdempotencyKey {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, AppError> {
        let Some(value) = parts.headers.get("idempotency-key") else { return Ok(Self(None)) };
        let Some(key) = value.to_str().ok().and_then(attempt_id) else {
            return Err(AppError::bad_request(
                "The Idempotency-Key has to be 1 to 255 visible ASCII characters.",
            ));
        };
        Ok(Self(Some(key.to_owned())))
    }
}

/// Parses the header. It is a quoted string (RFC 9651 §3.3.3), but most clients omit the quotes.
fn attempt_id(value: &str) -> Option<&str> {
    let value = value.trim();
    let quoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let key = quoted.unwrap_or(value);
    let is_visible = key.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"');
    ((1..=255).contains(&key.len()) && is_visible).then_some(key)
}

impl FromRequestParts<AppState> for Device {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers, &parts.extensions, state.config.proxies, &state.cookies))
    }
}

#[cfg(test)]
mod tests {
    use super::attempt_id;

    #[test]
    fn an_attempt_id_is_1_to_255_visible_characters_with_or_without_quotes() {
        let longest = "k".repeat(255);
        for (value, key) in [
            ("k", "k"),
            ("\"k\"", "k"),
            (" \"a b\" ", "a b"),
            (longest.as_str(), longest.as_str()),
            (&format!("\"{longest}\""), &longest),
        ] {
            assert_eq!(attempt_id(value), Some(key), "{value}");
        }
        for value in ["", " ", "\"", "\"\"", "a\"b", "\"\"k\"\"", "a\tb", &format!("{longest}k")] {
            assert_eq!(attempt_id(value), None, "{value}");
        }
    }
}
