//! Extractors whose refusals are ours, and repeat no value of the request.

use crate::{
    auth::codec::{read_fields, read_object},
    error::AppError,
    server::{body, state::AppState},
};
use axum::{
    extract::{FromRequest, FromRequestParts, Query, Request},
    http::request::Parts,
};
use serde::de::DeserializeOwned;

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
