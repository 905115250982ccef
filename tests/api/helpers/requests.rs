use super::{Answer, PASSWORD, TestApp};
use axum::{
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderValue, Request, header, request::Builder},
};
use serde_json::{Value, json};
use std::net::SocketAddr;
use tower::ServiceExt;

impl TestApp {
    /// Sends a request. Adds a peer address and the header `Host` if they are missing.
    pub(crate) async fn send(&self, mut request: Request<Body>) -> Answer {
        if request.extensions().get::<ConnectInfo<SocketAddr>>().is_none() {
            let peer: SocketAddr = "192.0.2.7:4711".parse().unwrap();
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        let host = HeaderValue::from_static("localhost:3000");
        request.headers_mut().entry(header::HOST).or_insert(host);
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Sends a request without cookies and without the headers of a browser.
    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        bearer: Option<&str>,
        body: Option<Value>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = bearer {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        self.send(with_json(request, body)).await
    }

    pub(crate) async fn get(&self, path: &str, bearer: &str) -> Answer {
        self.call("GET", path, Some(bearer), None).await
    }

    /// Logs in with the JSON API, whose response contains both tokens.
    pub(crate) async fn json_login(&self, name: &str) -> Answer {
        let body = json!({"username": name, "password": PASSWORD});
        self.call("POST", "/api/login", None, Some(body)).await
    }

    /// Refreshes with the JSON API, with an optional attempt id.
    pub(crate) async fn native_refresh(&self, token: &str, attempt: Option<&str>) -> Answer {
        let mut request = Request::post("/api/refresh");
        if let Some(attempt) = attempt {
            request = request.header("idempotency-key", attempt);
        }
        self.send(with_json(request, Some(json!({"refresh_token": token})))).await
    }
}

pub(super) fn with_json(request: Builder, body: Option<Value>) -> Request<Body> {
    let request = match body {
        Some(body) => request
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string())),
        None => request.body(Body::empty()),
    };
    request.unwrap()
}
