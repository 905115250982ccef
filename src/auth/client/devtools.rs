//! To look at the client of this page closely, and to disturb it. The lab does; no other page needs it.

use super::{
    claims, interceptor,
    lifecycle::PageEvent,
    platform::Platform,
    replay::ReplayRequest,
    state::SessionState,
    trace::{Event, Trace},
    transport::Pace,
};
use crate::{
    auth::api,
    protocol::{
        cookie_names::CookieNames,
        error::{AppError, ErrorCode},
        types::AccessToken,
    },
};
use futures::{FutureExt, channel::oneshot};
use http::Method;
use leptos::server_fn::ServerFn;
use std::rc::Rc;

pub use super::claims::Claims;

/// The steps of this client.
pub fn trace() -> Rc<Trace> {
    Rc::clone(interceptor().trace())
}

/// What the access token says that is held now.
pub fn claims() -> Option<Claims> {
    interceptor().session().held().and_then(|held| claims::read(&held.token))
}

/// The names of the cookies at the origin of this page.
pub fn cookie_names() -> CookieNames {
    interceptor().platform().cookie_names().clone()
}

/// Holds the client at every step, or lets it run again.
pub fn pace(pace: Option<Pace>) {
    interceptor().wire().pace(pace);
}

/// Cuts the wire of this page, or mends it, and the client notices as it would notice the network's.
pub async fn cut_wire(is_cut: bool) {
    interceptor().wire().cut(is_cut);
    // A task of its own: it goes on where nobody waits for it any more.
    let (tell, done) = oneshot::channel();
    interceptor().platform().spawn(
        async move {
            interceptor().wake(if is_cut { PageEvent::Offline } else { PageEvent::Online }).await;
            let _ = tell.send(());
        }
        .boxed_local(),
    );
    let _ = done.await;
}

/// Takes a detour back, also where nobody waits for it any more.
struct ResetOnDrop;

impl Drop for ResetOnDrop {
    fn drop(&mut self) {
        interceptor().wire().straighten();
    }
}

/// Mends the wire where it is cut.
pub async fn mend_wire() {
    if interceptor().wire().is_cut() {
        cut_wire(false).await;
    }
}

/// Refreshes now by posting to another path. Answers whether a request went there: another tab, or a
/// refresh that was under way, may have been faster.
///
/// # Errors
/// `refresh_token_missing` where nobody is logged in, `session_revoked` and its kin where the session turned out
/// to be over.
pub async fn refresh_at(path: &'static str) -> Result<bool, AppError> {
    if matches!(interceptor().session().state(), SessionState::SignedOut(_)) {
        return Err(ErrorCode::RefreshTokenMissing.into());
    }
    interceptor().wire().detour(<api::Refresh as ServerFn>::PATH, path);
    let straightens = ResetOnDrop;
    let refreshed = refresh().await;
    let has_gone = interceptor().wire().straighten();
    drop(straightens);
    match refreshed {
        Err(error) if error.status == 401 => Err(error),
        _ => Ok(has_gone),
    }
}

/// Refreshes now, whatever the back-off says. Answers the generation of the new token in this client.
///
/// # Errors
/// Those of the refresh.
pub async fn refresh() -> Result<u64, AppError> {
    let refresh = interceptor().refresher().refresh_now();
    refresh.await
}

/// Holds another access token of the same session, which expires in so many seconds. Only this tab does.
///
/// # Errors
/// `session_revoked` where the session is over by now.
pub fn hold(token: AccessToken, expires_in: u32) -> Result<(), AppError> {
    let interceptor = interceptor();
    let now = interceptor.platform().now();
    let generation = interceptor.session().swap(token, expires_in, now);
    let generation = generation.ok_or_else(|| AppError::new(ErrorCode::SessionRevoked))?;
    interceptor.trace().note(Event::TokenReplaced { generation });
    Ok(())
}

/// Waits, in milliseconds.
pub async fn sleep(milliseconds: f64) {
    let slept = interceptor().platform().sleep(milliseconds);
    slept.await;
}

/// Calls a protected endpoint, and answers its status, whatever that is.
///
/// # Errors
/// Those of the interceptor.
pub async fn call(path: &str) -> Result<u16, AppError> {
    let request = ReplayRequest::new(Method::GET, path);
    Ok(interceptor().send(request).await?.status)
}
