//! The interceptor for plain JSON endpoints.

use super::{
    interceptor,
    replay::{ReplayRequest, ReplayResponse},
};
use crate::error::{AppError, ErrorCode};
use http::Method;
use serde::{Serialize, de::DeserializeOwned};

/// Reads a resource.
///
/// # Errors
/// The server's problem, or `offline`.
pub async fn get<T: DeserializeOwned>(path: &str) -> Result<T, AppError> {
    read(send(ReplayRequest::new(Method::GET, path)).await?)
}

/// Writes a resource; the body survives the retry.
///
/// # Errors
/// The server's problem, or `offline`.
pub async fn post<T: DeserializeOwned>(path: &str, body: &impl Serialize) -> Result<T, AppError> {
    let body = serde_json::to_vec(body).map_err(|_| AppError::new(ErrorCode::BadRequest))?;
    read(send(ReplayRequest::new(Method::POST, path).with_json(body)).await?)
}

async fn send(request: ReplayRequest) -> Result<ReplayResponse, AppError> {
    let answer = interceptor().send(request).await?;
    if (200..300).contains(&answer.status) { Ok(answer) } else { Err(answer.into_error()) }
}

fn read<T: DeserializeOwned>(answer: ReplayResponse) -> Result<T, AppError> {
    serde_json::from_slice(&answer.body).map_err(|_| ErrorCode::Unavailable.into())
}
