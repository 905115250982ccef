//! Extractors whose refusals are ours, and repeat no value of the request.

use crate::{auth::codec::BodyError, error::AppError, server::state::AppState};
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Query, Request},
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use serde::de::DeserializeOwned;

/// A JSON body (RFC 8259). Unknown fields are refused where the type says so.
#[derive(Debug)]
pub(super) struct JsonBody<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<AppState> for JsonBody<T> {
    type Rejection = AppError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, AppError> {
        let is_json = is_json(request.headers());
        let body =
            Bytes::from_request(request, state).await.map_err(|rejection| {
                match rejection.status() {
                    StatusCode::PAYLOAD_TOO_LARGE => AppError::too_large(),
                    _ => AppError::bad_request("The body could not be read."),
                }
            })?;
        if !is_json {
            return Err(AppError::bad_request(
                "The body has to be JSON, with the content type application/json.",
            ));
        }
        let read = serde_json::from_slice(&body);
        read.map(Self)
            .map_err(|error| AppError::bad_request(BodyError::from_serde(&error).to_string()))
    }
}

/// The parameters behind the question mark.
#[derive(Debug)]
pub(super) struct Parameters<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<AppState> for Parameters<T> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        let read = Query::<T>::from_request_parts(parts, state).await;
        read.map(|Query(parameters)| Self(parameters)).map_err(|_| {
            AppError::bad_request("A parameter of the address is unknown or has the wrong type.")
        })
    }
}

/// Whether the content type is JSON, with or without a charset.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.and_then(|kind| kind.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}
