//! `GET /api/outbox`: the mail that would have been sent, on the machine of who tries it out.

use super::{openapi::Always, types::Outbox};
use crate::{
    error::{AppError, ErrorCode, Problem},
    server::{mail, public_url::is_loopback_host, state::AppState},
};
use axum::{
    Json,
    extract::{ConnectInfo, State},
    http::{HeaderMap, header},
};
use std::net::SocketAddr;

/// The mail that would have been sent
///
/// In demo mode, where no mail server is set and the public URL is this machine's own, for who asks on this
/// machine; nowhere else.
#[utoipa::path(
    get, path = "/api/outbox", tag = "Demo",
    responses(
        (status = 200, description = "The newest 50, newest first.", body = Outbox),
        (status = 404, description = "There is no outbox here.", body = Problem, content_type = "application/problem+json"),
        Always
    )
)]
pub(super) async fn list(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Result<Json<Outbox>, AppError> {
    if !mail::shows_outbox(&state) || !is_from_here(peer, &headers) {
        return Err(ErrorCode::NotFound.into());
    }
    Ok(Json(Outbox { mails: mail::outbox(&state).await? }))
}

/// Whether somebody on this machine asks for it by its own name: not another machine, not a proxy, and not
/// another site's page whose name leads here.
fn is_from_here(peer: SocketAddr, headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let is_proxied =
        ["forwarded", "x-forwarded-for"].iter().any(|name| headers.contains_key(*name));
    peer.ip().to_canonical().is_loopback() && is_loopback_host(name) && !is_proxied
}
