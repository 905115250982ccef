//! Validates the request target and the `Host` header.
//!
//! hyper accepts requests that an origin server has to reject: targets in authority form, which are for proxies, and
//! HTTP/1.1 without `Host` (RFC 9112 §3.2).

use crate::public_url::{is_loopback, is_loopback_host};
use axum::{
    extract::Request,
    http::{Method, Version, header, uri::Authority},
};
use handstamp_protocol::error::AppError;
use std::net::IpAddr;
use url::Url;

/// Checks the target of a request.
///
/// # Errors
/// - Fails with `bad_request` (400) for a target that is not in origin form or absolute form (RFC 9112 §3.2), for
///   CONNECT, and for HTTP/1.1 without exactly one well-formed `Host`.
/// - Fails with `bad_request` (421, RFC 9110 §15.5.20) for the APIs of a server whose `urls` are all loopback, if the
///   host isn't: another site may have resolved its name to this machine (DNS rebinding).
pub(super) fn check<'a>(
    request: &Request,
    mut urls: impl Iterator<Item = &'a Url> + Clone,
) -> Result<(), AppError> {
    let uri = request.uri();
    if request.method() == Method::CONNECT || !uri.path().starts_with('/') {
        return Err(AppError::bad_request("This server is not a proxy."));
    }
    let host = host(request)?;
    let is_guarded = uri.path().starts_with("/api/") || uri.path().starts_with("/auth/");
    let is_local = urls.clone().all(is_loopback);
    if is_guarded && is_local && host.is_some_and(|host| !is_this_machine(&host)) {
        let public_url = urls.next().map(|url| url.origin().ascii_serialization());
        let detail = format!(
            "This server answers for {} only (HANDSTAMP_PUBLIC_URL).",
            public_url.unwrap_or_default()
        );
        return Err(AppError { status: 421, ..AppError::bad_request(detail) });
    }
    Ok(())
}

/// Returns the host and port of the request: in HTTP/2 and in absolute form a part of the target (RFC 9113 §8.3.1),
/// else the header `Host`. HTTP/1.0 requires none.
fn host(request: &Request) -> Result<Option<Authority>, AppError> {
    let mut sent = request.headers().get_all(header::HOST).iter();
    let (first, second) = (sent.next(), sent.next());
    let missing = || AppError::bad_request("The request has no Host header, or more than one.");
    if second.is_some() {
        return Err(missing());
    }
    let parsed = first.map(|value| authority(value.as_bytes())).transpose()?;
    match (request.uri().authority(), parsed) {
        (Some(authority), _) => Ok(Some(authority.clone())),
        (None, Some(authority)) => Ok(Some(authority)),
        (None, None) if request.version() == Version::HTTP_10 => Ok(None),
        (None, None) => Err(missing()),
    }
}

/// Parses `uri-host [ ":" port ]` (RFC 9110 §7.2), which has no user information.
fn authority(value: &[u8]) -> Result<Authority, AppError> {
    let parsed = Authority::try_from(value).ok();
    parsed
        .filter(|authority| !authority.as_str().contains('@') && !authority.host().is_empty())
        .ok_or_else(|| AppError::bad_request("The Host header is not well-formed."))
}

/// Returns whether a host is a loopback name or an IP address. DNS rebinding requires any other name.
fn is_this_machine(host: &Authority) -> bool {
    let host = host.host();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    is_loopback_host(&host.to_ascii_lowercase()) || bare.parse::<IpAddr>().is_ok()
}
