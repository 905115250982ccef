//! Observes the client of this page, and disturbs it.

use super::network::{Network, StepHook};
use futures::{FutureExt, channel::oneshot};
use handstamp_leptos::client::{
    claims::{self, Claims},
    lifecycle::PageEvent,
    page_client,
    platform::Platform,
    replay::ReplayRequest,
    state::SessionState,
    trace::{Event, Trace},
};
use handstamp_protocol::{
    cookie_names::CookieNames,
    error::{AppError, ErrorCode},
    types::AccessToken,
};
use http::Method;
use std::rc::Rc;

thread_local! {
    /// The middleware of this page's client, from the first use on.
    static NETWORK: Rc<Network> = {
        let network = Rc::<Network>::default();
        page_client().transport.set_middleware(Some(network.clone()));
        network
    };
}

fn network() -> Rc<Network> {
    NETWORK.with(Rc::clone)
}

/// Returns the steps of this client.
pub fn trace() -> Rc<Trace> {
    Rc::clone(&page_client().trace)
}

/// Returns the claims of the current access token.
pub fn claims() -> Option<Claims> {
    page_client().session.held().and_then(|held| claims::read(&held.token))
}

/// Returns the generation of the current access token in this client, and a name that is the same in all tabs: the end
/// of its `jti`.
pub fn ticket_name() -> Option<(u64, String)> {
    let held = page_client().session.held()?;
    let jti = claims::read(&held.token)?.jti;
    let name = jti.get(jti.len().checked_sub(4)?..)?;
    Some((held.times.generation, name.to_owned()))
}

/// Returns the names of the cookies at the origin of this page.
pub fn cookie_names() -> CookieNames {
    page_client().platform.cookie_names().clone()
}

/// Pauses the client at every step until the hook's future is ready; `None` removes the hook.
pub fn set_step_hook(hook: Option<StepHook>) {
    network().set_step_hook(hook);
}

/// Takes this page offline or online. The client is notified as if the network had changed.
pub async fn set_offline(is_offline: bool) {
    network().set_offline(is_offline);
    // In a task of its own, which continues if the caller goes away.
    let (send, done) = oneshot::channel();
    let event = if is_offline { PageEvent::Offline } else { PageEvent::Online };
    page_client().platform.spawn(
        async move {
            page_client().lifecycle.on_event(event).await;
            let _ = send.send(());
        }
        .boxed_local(),
    );
    let _ = done.await;
}

/// Takes this page online if it is offline.
pub async fn restore_network() {
    if network().is_offline() {
        set_offline(false).await;
    }
}

/// Stops rerouting when it is dropped.
struct ResetOnDrop;

impl Drop for ResetOnDrop {
    fn drop(&mut self) {
        network().cancel_reroute();
    }
}

/// Refreshes now by posting to another path. Returns whether a request was sent there: another tab, or a refresh that
/// was running, may have been faster.
///
/// # Errors
/// `refresh_token_missing` if no user is logged in; a 401 of the refresh if the session is over.
pub async fn refresh_at(path: &'static str) -> Result<bool, AppError> {
    if matches!(page_client().session.state(), SessionState::LoggedOut(_)) {
        return Err(ErrorCode::RefreshTokenMissing.into());
    }
    network().reroute_next(handstamp_protocol::paths::REFRESH_FUNCTION, path);
    let reset = ResetOnDrop;
    let outcome = refresh().await;
    let was_rerouted = network().cancel_reroute();
    drop(reset);
    match outcome {
        Err(error) if error.status == 401 => Err(error),
        _ => Ok(was_rerouted),
    }
}

/// Refreshes now, ignoring the backoff. Returns the generation of the new token in this client.
///
/// # Errors
/// Fails if the refresh fails.
pub async fn refresh() -> Result<u64, AppError> {
    let outcome = page_client().refresher.refresh_now();
    outcome.await
}

/// Replaces the access token of this tab by another one of the same session, which expires in `expires_in` seconds.
///
/// # Errors
/// `session_revoked` if the session is over.
pub fn replace_access_token(token: AccessToken, expires_in: u32) -> Result<(), AppError> {
    let client = page_client();
    let generation = client.session.swap_token(token, expires_in, client.platform.now());
    let generation = generation.ok_or_else(|| AppError::new(ErrorCode::SessionRevoked))?;
    client.trace.record(Event::TokenReplaced { generation });
    Ok(())
}

/// Waits, in milliseconds.
pub async fn sleep(milliseconds: f64) {
    let sleep = page_client().platform.sleep(milliseconds);
    sleep.await;
}

/// Calls a protected endpoint, and returns the status of the response.
///
/// # Errors
/// Fails with the error of the interceptor.
pub async fn call(path: &str) -> Result<u16, AppError> {
    let request = ReplayRequest::new(Method::GET, path);
    Ok(page_client().interceptor.send(request).await?.status)
}
