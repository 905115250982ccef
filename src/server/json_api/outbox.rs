//! `GET /api/outbox`: the e-mails that would have been sent, for a demo on the user's own machine.

use super::openapi::responses::{Always, NoOutbox, OutboxLocked};
use crate::{
    accounts::email_link::token::link_state,
    error::ServiceError,
    http::state::AppState,
    mail::{self, MailContent},
    public_url::is_loopback_host,
};
use axum::{
    Json,
    extract::{ConnectInfo, State},
    http::{HeaderMap, Uri, header, uri::Authority},
};
use handstamp_engine::clock::Timestamp;
use handstamp_protocol::{
    error::ErrorCode,
    json_api::{Outbox, OutboxMail},
};
use std::net::SocketAddr;

/// Lists the mail that would have been sent
///
/// Only in demo mode without a mail server, if the public URL is localhost and the client is on the same machine. The
/// server prints a URL when it starts; the browser that opens it receives the cookie that this operation requires.
#[utoipa::path(
    get, path = "/api/outbox", operation_id = "list_outbox", tag = "Demo",
    responses(
        (status = 200, description = "The newest 50, newest first.", body = Outbox),
        OutboxLocked,
        NoOutbox,
        Always
    )
)]
pub(super) async fn list(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Json<Outbox>, ServiceError> {
    if !state.mailer.shows_outbox() || !is_from_this_machine(peer, &uri, &headers) {
        return Err(ErrorCode::NotFound.into());
    }
    let cookies = state.cookies.read(&headers);
    if !cookies.outbox().is_some_and(|cookie| state.outbox.is_open_for(cookie)) {
        return Err(ErrorCode::OutboxLocked.into());
    }
    let mut mails = Vec::new();
    for (mail, at) in mail::queued(&state.mailer).await? {
        mails.push(listed(&state, mail, at).await?);
    }
    Ok(Json(Outbox { mails }))
}

async fn listed(
    state: &AppState,
    mail: MailContent,
    at: Timestamp,
) -> Result<OutboxMail, ServiceError> {
    let MailContent { to, subject, text, link, .. } = mail;
    let link_state = match &link {
        Some(link) => Some(link_state(&state.accounts, link).await?),
        None => None,
    };
    let (from, at) = (state.config.mail_from.to_string(), at.rfc3339());
    Ok(OutboxMail { from, to, subject, text, link, link_state, at })
}

/// Returns whether the client is on this machine and used a loopback name. This excludes other machines, proxies, and
/// pages of another site whose name resolves to this machine (DNS rebinding).
fn is_from_this_machine(peer: SocketAddr, uri: &Uri, headers: &HeaderMap) -> bool {
    let is_proxied =
        ["forwarded", "x-forwarded-for"].iter().any(|name| headers.contains_key(*name));
    let is_loopback_name =
        authority(uri, headers).is_some_and(|name| is_loopback_host(name.host()));
    peer.ip().to_canonical().is_loopback() && is_loopback_name && !is_proxied
}

/// Returns the host that the client requested: with HTTP/2 it is part of the target (RFC 9113 §8.3.1), with HTTP/1.1
/// the header `Host`.
fn authority(uri: &Uri, headers: &HeaderMap) -> Option<Authority> {
    let host = || headers.get(header::HOST)?.to_str().ok()?.parse().ok();
    uri.authority().cloned().or_else(host)
}
