//! `AuthClient`: the interceptor as the client of a server function.

use super::{
    interceptor,
    replay::{ReplayRequest, ReplayResponse},
};
use crate::error::AppError;
use bytes::Bytes;
use futures::{Sink, Stream};
use leptos::server_fn::client::{Client, browser::BrowserClient};
use send_wrapper::SendWrapper;

/// Put `client = AuthClient` on a server function, and it is called with the access token.
///
/// Web sockets are left to `server_fn`'s own client: they carry no `Authorization` header.
#[derive(Debug, Clone, Copy)]
pub struct AuthClient;

impl Client<AppError> for AuthClient {
    type Request = ReplayRequest;
    type Response = ReplayResponse;

    fn send(
        request: ReplayRequest,
    ) -> impl Future<Output = Result<ReplayResponse, AppError>> + Send {
        SendWrapper::new(async move { interceptor().send(request).await })
    }

    fn open_websocket(
        path: &str,
    ) -> impl Future<
        Output = Result<
            (
                impl Stream<Item = Result<Bytes, Bytes>> + Send + 'static,
                impl Sink<Bytes> + Send + 'static,
            ),
            AppError,
        >,
    > + Send {
        <BrowserClient as Client<AppError>>::open_websocket(path)
    }

    fn spawn(future: impl Future<Output = ()> + Send + 'static) {
        <BrowserClient as Client<AppError>>::spawn(future);
    }
}
