//! The browser half: the access token in memory, and the interceptor that keeps it fresh.
//!
//! Three lines are what an app needs:
//!
//! ```text
//! provide_session();                                       // once, in the root component
//! #[server(client = AuthClient)]                           // on a protected server function
//! let posts: Page = client::api::get("/api/posts").await?; // for a protected endpoint
//! ```
//!
//! In reading order: `session` (what is held), `state` (where a client stands, and why), `replay`
//! (requests that can be sent twice), `refresh` (one refresh at a time), `outcome` (what it comes to),
//! `interceptor` (refuse, refresh, retry), `wire` (what they send by), `entry` (login and logout), `tabs`
//! and `wake` (what other tabs and the network bring). `study` is for those who want to watch.
//!
//! `platform` is what they need from their surroundings, and `browser` the real ones, so all of these run
//! in native tests. Nothing here knows a page.

pub mod api;
pub mod back_off;
mod browser;
pub mod claims;
pub mod cookies;
pub mod cross_tab;
pub mod devtools;
mod held;
pub mod interceptor;
pub mod lifecycle;
pub mod login;
mod lone_failures;
mod outcome;
pub mod platform;
pub mod refresh;
pub mod replay;
mod server_fn_client;
pub mod session;
mod signals;
pub mod state;
#[cfg(test)]
mod tests;
pub mod trace;
pub mod transport;

pub use server_fn_client::{AuthClient, PublicClient};
pub use signals::{Session, provide_session, use_session};

use super::api as door;
use crate::protocol::{error::AppError, types::BrowserTokens};
use browser::Browser;
use interceptor::Interceptor;
use leptos::server_fn::ServerFn;
use state::SignedOutReason;
use std::rc::Rc;

thread_local! {
    /// The one interceptor of this page. A server-function client has no `self` and may run without
    /// a reactive owner, so it can't live in a context.
    static INTERCEPTOR: Rc<Interceptor<Browser>> = Rc::new(Interceptor::new(
        Browser::new(),
        <door::Refresh as ServerFn>::PATH,
        <door::LogOut as ServerFn>::PATH,
    ));
}

fn interceptor() -> Rc<Interceptor<Browser>> {
    INTERCEPTOR.with(Rc::clone)
}

/// Wakes the client of this page: listens to the other tabs and to the network, and finds out whether
/// somebody is still logged in. [`provide_session`] does it for a page of components.
pub fn start() {
    let interceptor = interceptor();
    let hearing = Rc::clone(&interceptor);
    interceptor.platform().on_message(move |message| hearing.hear(message));
    let waking = Rc::clone(&interceptor);
    interceptor.platform().on_wake(move |woken| {
        let waking = Rc::clone(&waking);
        wasm_bindgen_futures::spawn_local(async move { waking.wake(woken).await });
    });
    interceptor.start();
}

/// Tries to reach the server again now, whatever the back-off says. The session tells how it went.
pub async fn try_again() {
    let _ = interceptor().refresher().refresh_now().await;
}

/// Logs in with a server function that answers tokens: `client::begin(api::log_in(name, password))`.
///
/// # Errors
/// Those of the server function.
pub async fn begin(
    login: impl Future<Output = Result<BrowserTokens, AppError>> + 'static,
) -> Result<(), AppError> {
    interceptor().begin(Box::pin(login)).await
}

/// Logs out: forgets the session at once, in every tab, and tells the server; later, where it is out of
/// reach.
pub fn log_out() {
    interceptor().log_out();
}

/// Tells the server of the last logout again, now.
pub fn retry_logout() {
    interceptor().farewell().resume();
}

/// Logs out of every session of this person; the page forgets its own when the server has heard it.
///
/// # Errors
/// What kept the server from doing it; nothing has changed then.
pub async fn log_out_everywhere() -> Result<(), AppError> {
    door::log_out_everywhere().await?;
    forget(SignedOutReason::LoggedOut);
    Ok(())
}

/// Forgets a session that the server has ended because the person wanted it, in every tab.
pub fn forget(reason: SignedOutReason) {
    interceptor().forget(reason);
}

/// Counts the access tokens that this client has held.
pub fn generation() -> u64 {
    interceptor().session().generation()
}

/// The monotonic clock that the times of the token are on, in milliseconds.
pub fn now() -> f64 {
    platform::Platform::now(interceptor().platform().as_ref())
}
