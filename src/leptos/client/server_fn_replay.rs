//! Replayable requests and responses as those of server functions.

use super::replay::{ReplayRequest, ReplayResponse};
use bytes::Bytes;
use futures::Stream;
use http::Method;
use leptos::server_fn::{
    error::{FromServerFnError, IntoAppError, ServerFnErrorErr},
    request::{ClientReq, browser::BrowserFormData},
    response::ClientRes,
};

impl<E: FromServerFnError> ClientReq<E> for ReplayRequest {
    type FormData = BrowserFormData;

    fn try_new_req_query(
        path: &str,
        content_type: &str,
        accepts: &str,
        query: &str,
        method: Method,
    ) -> Result<Self, E> {
        Ok(new_request(format!("{path}?{query}"), content_type, accepts, None, method))
    }

    fn try_new_req_text(
        path: &str,
        content_type: &str,
        accepts: &str,
        body: String,
        method: Method,
    ) -> Result<Self, E> {
        Ok(new_request(path.to_owned(), content_type, accepts, Some(body.into()), method))
    }

    fn try_new_req_bytes(
        path: &str,
        content_type: &str,
        accepts: &str,
        body: Bytes,
        method: Method,
    ) -> Result<Self, E> {
        Ok(new_request(path.to_owned(), content_type, accepts, Some(body), method))
    }

    fn try_new_req_form_data(
        _: &str,
        _: &str,
        _: &str,
        _: Self::FormData,
        _: Method,
    ) -> Result<Self, E> {
        not_replayable()
    }

    fn try_new_req_multipart(_: &str, _: &str, _: Self::FormData, _: Method) -> Result<Self, E> {
        not_replayable()
    }

    fn try_new_req_streaming(
        _: &str,
        _: &str,
        _: &str,
        _: impl Stream<Item = Bytes> + Send + 'static,
        _: Method,
    ) -> Result<Self, E> {
        not_replayable()
    }
}

fn new_request(
    path: String,
    content_type: &str,
    accept: &str,
    body: Option<Bytes>,
    method: Method,
) -> ReplayRequest {
    let content_type = body.as_ref().map(|_| content_type.to_owned());
    ReplayRequest { method, path, content_type, accept: accept.to_owned(), body, keepalive: false }
}

fn not_replayable<T, E: FromServerFnError>() -> Result<T, E> {
    let reason =
        "form data and streams can't be sent twice; send JSON or bytes, or use another client";
    Err(ServerFnErrorErr::Args(reason.to_owned()).into_app_error())
}

impl<E: FromServerFnError> ClientRes<E> for ReplayResponse {
    async fn try_into_string(self) -> Result<String, E> {
        String::from_utf8(self.body.into())
            .map_err(|error| ServerFnErrorErr::Deserialization(error.to_string()).into_app_error())
    }

    async fn try_into_bytes(self) -> Result<Bytes, E> {
        Ok(self.body)
    }

    /// Returns the whole body as one chunk.
    fn try_into_stream(
        self,
    ) -> Result<impl Stream<Item = Result<Bytes, Bytes>> + Send + Sync + 'static, E> {
        Ok(futures::stream::iter([Ok(self.body)]))
    }

    fn status(&self) -> u16 {
        self.status
    }

    fn status_text(&self) -> String {
        self.status_text.clone()
    }

    fn location(&self) -> String {
        self.location.clone().unwrap_or_default()
    }

    fn has_redirect(&self) -> bool {
        self.redirects
    }
}
