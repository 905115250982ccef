//! The clients of server functions: `AuthClient`, with the access token, and `PublicClient`, without.

use super::{
    interceptor,
    replay::{ReplayRequest, ReplayResponse},
};
use crate::protocol::error::{AppError, ErrorCode};
use bytes::Bytes;
use futures::{Sink, Stream, future::LocalBoxFuture};
use leptos::server_fn::client::{Client, browser::BrowserClient};
use send_wrapper::SendWrapper;

/// Put `client = AuthClient` on a server function, and it is called with the access token.
///
/// Web sockets are left to `server_fn`'s own client: they carry no `Authorization` header.
#[derive(Debug, Clone, Copy)]
pub struct AuthClient;

/// For the server functions that log in: they have no access token to send, and pass by the interceptor.
#[derive(Debug, Clone, Copy)]
pub struct PublicClient;

/// Both send what can be sent twice, so that the page carries the code of one kind of request.
macro_rules! client {
    ($name:ident, $send:ident) => {
        impl Client<AppError> for $name {
            type Request = ReplayRequest;
            type Response = ReplayResponse;

            fn send(
                request: ReplayRequest,
            ) -> impl Future<Output = Result<ReplayResponse, AppError>> + Send {
                SendWrapper::new($send(request))
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
    };
}

client!(AuthClient, with_token);
client!(PublicClient, without_token);

type Answer = LocalBoxFuture<'static, Result<ReplayResponse, AppError>>;

fn with_token(request: ReplayRequest) -> Answer {
    Box::pin(async move {
        let wants_json = request.wants_json();
        interceptor().send(request).await?.in_our_words(wants_json)
    })
}

fn without_token(request: ReplayRequest) -> Answer {
    Box::pin(async move {
        let sent = interceptor().wire().send(&request).await;
        sent.map_err(|_| AppError::from(ErrorCode::Offline))?.in_our_words(request.wants_json())
    })
}
