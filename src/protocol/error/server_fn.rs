//! [`AppError`] as the error of server functions.

use super::{AppError, ErrorCode};
use server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) => ErrorCode::Offline.into(),
            ServerFnErrorErr::Deserialization(detail) | ServerFnErrorErr::Args(detail) => {
                Self::bad_request(detail)
            }
            ServerFnErrorErr::UnsupportedRequestMethod(detail) => Self::bad_request(detail),
            // A bug. Its details are not sent to the client; the server logs every 500 with its request.
            _ => ErrorCode::Internal.into(),
        }
    }

    /// Decodes the error. A body that is not an [`AppError`] was sent by an intermediary and becomes `unavailable`.
    fn de(data: bytes::Bytes) -> Self {
        serde_json::from_slice(&data).unwrap_or_else(|_| ErrorCode::Unavailable.into())
    }
}
