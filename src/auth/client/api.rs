//! The interceptor for plain JSON endpoints.

use super::{
    interceptor,
    replay::{ReplayRequest, ReplayResponse},
};
use crate::protocol::error::{AppError, ErrorCode};
use http::Method;
use serde::{Serialize, de::DeserializeOwned};

/// Reads a resource.
///
/// # Errors
/// The server's problem, or `offline`.
pub async fn get<T: DeserializeOwned>(path: &str) -> Result<T, AppError> {
    read(send(ReplayRequest::new(Method::GET, path)).await?)
}

/// Makes a resource; the body survives the retry. `T` may be `()` where nothing comes back.
///
/// # Errors
/// The server's problem, or `offline`.
pub async fn post<T: DeserializeOwned>(path: &str, body: &impl Serialize) -> Result<T, AppError> {
    read(write(Method::POST, path, serde_json::to_vec(body)).await?)
}

/// Puts a resource in the place of what was there; otherwise as [`post`].
///
/// # Errors
/// The server's problem, or `offline`.
pub async fn put<T: DeserializeOwned>(path: &str, body: &impl Serialize) -> Result<T, AppError> {
    read(write(Method::PUT, path, serde_json::to_vec(body)).await?)
}

/// Removes a resource.
///
/// # Errors
/// The server's problem, or `offline`.
pub async fn delete(path: &str) -> Result<(), AppError> {
    read(send(ReplayRequest::new(Method::DELETE, path)).await?)
}

/// Removes a resource, with a body that proves who asks.
///
/// # Errors
/// The server's problem, or `offline`.
pub async fn delete_with(path: &str, proof: &impl Serialize) -> Result<(), AppError> {
    read(write(Method::DELETE, path, serde_json::to_vec(proof)).await?)
}

async fn write(
    method: Method,
    path: &str,
    body: serde_json::Result<Vec<u8>>,
) -> Result<ReplayResponse, AppError> {
    let body = body.map_err(|_| AppError::new(ErrorCode::BadRequest))?;
    send(ReplayRequest::new(method, path).with_json(body)).await
}

async fn send(request: ReplayRequest) -> Result<ReplayResponse, AppError> {
    let answer = interceptor().send(request).await?;
    if (200..300).contains(&answer.status) { Ok(answer) } else { Err(answer.into_error()) }
}

fn read<T: DeserializeOwned>(answer: ReplayResponse) -> Result<T, AppError> {
    let body = if answer.body.is_empty() { b"null" } else { answer.body.as_ref() };
    serde_json::from_slice(body).map_err(|_| ErrorCode::Unavailable.into())
}
