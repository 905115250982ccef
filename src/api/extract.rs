//! Extractors whose refusals are ours, and repeat no value of the request.

use crate::{
    auth::{
        codec::{read_fields, read_object},
        server::device::Device,
    },
    error::{AppError, ErrorCode},
    server::{body, state::AppState},
};
use axum::{
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
    http::request::Parts,
};
use serde::de::DeserializeOwned;
use std::convert::Infallible;
use utoipa::IntoParams;
use uuid::Uuid;

/// A JSON body (RFC 8259). Unknown fields are refused where the type says so.
#[derive(Debug)]
pub(super) struct JsonBody<T>(pub(super) T);

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

/// A JSON body, or none: then the default. Otherwise as [`JsonBody`].
#[derive(Debug)]
pub(super) struct OptionalJsonBody<T>(pub(super) T);

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

/// A UUID in the path; anything else is nowhere.
#[derive(Debug)]
pub(super) struct PathId(pub(super) Uuid);

impl FromRequestParts<AppState> for PathId {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        let read = Path::<Uuid>::from_request_parts(parts, state).await;
        read.map(|Path(id)| Self(id)).map_err(|_| ErrorCode::NotFound.into())
    }
}

/// The attempt id of a native client (draft-ietf-httpapi-idempotency-key-header).
#[derive(Debug, IntoParams)]
#[into_params(names("Idempotency-Key"), parameter_in = Header)]
pub(super) struct AttemptId(
    /// 128 random bits that the client makes when it starts a refresh and none is pending, and keeps
    /// until a refresh changes its refresh token.
    #[param(max_length = 255)]
    pub(super) Option<String>,
);

const LONGEST_ATTEMPT: usize = 255;

impl FromRequestParts<AppState> for AttemptId {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, AppError> {
        let Some(value) = parts.headers.get("idempotency-key") else { return Ok(Self(None)) };
        // The header is a structured string, in quotes; nearly everybody leaves them out.
        let text = value.to_str().unwrap_or_default().trim().trim_matches('"');
        if text.is_empty() || text.len() > LONGEST_ATTEMPT {
            return Err(AppError::bad_request(
                "The Idempotency-Key has to be 1 to 255 visible ASCII characters.",
            ));
        }
        Ok(Self(Some(text.to_owned())))
    }
}

impl FromRequestParts<AppState> for Device {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers, &parts.extensions, state.config.proxies, &state.cookies))
    }
}
