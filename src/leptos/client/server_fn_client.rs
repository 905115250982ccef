//! The clients of server functions: `AuthClient` sends the access token, `PublicClient` does not.

use super::{
    page_client,
    replay::{ReplayRequest, ReplayResponse},
};
use bytes::Bytes;
use futures::{Sink, Stream, future::LocalBoxFuture};
use handstamp_protocol::error::{AppError, ErrorCode};
use leptos::server_fn::client::{Client, browser::BrowserClient};
use send_wrapper::SendWrapper;

/// With `client = AuthClient`, a server function is called with the access token.
///
/// Web sockets use `server_fn`'s own client, because they have no `Authorization` header.
#[derive(Debug, Clone, Copy)]
pub struct AuthClient;

/// The client of the server functions that log in. It does not use the interceptor, because there is no access token
/// yet.
#[derive(Debug, Clone, Copy)]
pub struct PublicClient;

/// Both clients use the same request type, so that the page contains the code of only one.
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

type Response = LocalBoxFuture<'static, Result<ReplayResponse, AppError>>;

fn with_token(request: ReplayRequest) -> Response {
    Box::pin(async move {
        let expected = request.expected_body();
        page_client().interceptor.send(request).await?.reject_proxy_response(expected)
    })
}

fn without_token(request: ReplayRequest) -> Response {
    Box::pin(async move {
        let sent = page_client().transport.send(&request).await;
        let response = sent.map_err(|_| AppError::from(ErrorCode::Offline))?;
        response.reject_proxy_response(request.expected_body())
    })
}
