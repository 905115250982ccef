//! Calls JSON endpoints with the access token.

use super::{
    page_client,
    replay::{ReplayRequest, ReplayResponse},
};
use handstamp_protocol::error::{AppError, ErrorCode};
use http::Method;
use serde::{Serialize, de::DeserializeOwned};

/// Sends a `GET`.
///
/// # Errors
/// Fails with the server's error, or with `offline`.
pub async fn get<T: DeserializeOwned>(path: &str) -> Result<T, AppError> {
    parse(send(ReplayRequest::new(Method::GET, path)).await?)
}

/// Sends a `POST`. `T` is `()` if the response has no body.
///
/// # Errors
/// Fails with the server's error, or with `offline`.
pub async fn post<T: DeserializeOwned>(path: &str, body: &impl Serialize) -> Result<T, AppError> {
    parse(send_json(Method::POST, path, serde_json::to_vec(body)).await?)
}

/// Sends a `PUT`. `T` is `()` if the response has no body.
///
/// # Errors
/// Fails with the server's error, or with `offline`.
pub async fn put<T: DeserializeOwned>(path: &str, body: &impl Serialize) -> Result<T, AppError> {
    parse(send_json(Method::PUT, path, serde_json::to_vec(body)).await?)
}

/// Sends a `DELETE`.
///
/// # Errors
/// Fails with the server's error, or with `offline`.
pub async fn delete(path: &str) -> Result<(), AppError> {
    parse(send(ReplayRequest::new(Method::DELETE, path)).await?)
}

/// Sends a `DELETE` with a proof of identity in its body.
///
/// # Errors
/// Fails with the server's error, or with `offline`.
pub async fn delete_with(path: &str, proof: &impl Serialize) -> Result<(), AppError> {
    parse(send_json(Method::DELETE, path, serde_json::to_vec(proof)).await?)
}

async fn send_json(
    method: Method,
    path: &str,
    body: serde_json::Result<Vec<u8>>,
) -> Result<ReplayResponse, AppError> {
    let body = body.map_err(|_| AppError::new(ErrorCode::BadRequest))?;
    send(ReplayRequest::new(method, path).with_json(body)).await
}

async fn send(request: ReplayRequest) -> Result<ReplayResponse, AppError> {
    let response = page_client().interceptor.send(request).await?;
    if (200..300).contains(&response.status) { Ok(response) } else { Err(response.into_error()) }
}

fn parse<T: DeserializeOwned>(response: ReplayResponse) -> Result<T, AppError> {
    let body = if response.body.is_empty() { b"null" } else { response.body.as_ref() };
    serde_json::from_slice(body).map_err(|_| ErrorCode::Unavailable.into())
}
