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
//! In reading order: `session` (what is held), `replay` (requests that can be sent twice), `refresh`
//! (one refresh at a time), `interceptor` (refuse, refresh, retry). `platform` is what they need from
//! their surroundings, and `browser` the real ones, so everything but that runs in native tests.

pub mod api;
pub mod attempt;
mod browser;
pub mod interceptor;
pub mod platform;
pub mod refresh;
pub mod replay;
mod server_fn_client;
pub mod session;
mod signals;
#[cfg(test)]
mod tests;
pub mod trace;

pub use server_fn_client::AuthClient;
pub use signals::{provide_session, use_session};

use super::{api as door, types::BrowserTokens};
use crate::error::AppError;
use browser::Browser;
use http::Method;
use interceptor::Interceptor;
use leptos::server_fn::ServerFn;
use replay::ReplayRequest;
use session::{SessionState, SignedOutReason};
use std::rc::Rc;

thread_local! {
    /// The one interceptor of this page. A server-function client has no `self` and may run without
    /// a reactive owner, so it can't live in a context.
    static INTERCEPTOR: Rc<Interceptor<Browser>> =
        Rc::new(Interceptor::new(Browser, <door::Refresh as ServerFn>::PATH));
}

fn interceptor() -> Rc<Interceptor<Browser>> {
    INTERCEPTOR.with(Rc::clone)
}

/// The boot refresh: finds out whether somebody is still logged in.
pub fn start() {
    let interceptor = interceptor();
    if interceptor.session().state() == SessionState::Starting {
        wasm_bindgen_futures::spawn_local(async move {
            let _ = interceptor.refresher().refresh().await;
        });
    }
}

/// Tries to reach the server again now, whatever the back-off says. The session tells how it went.
pub async fn try_again() {
    let _ = interceptor().refresher().refresh_now().await;
}

/// Begins a session with what a login answered.
pub fn begin(tokens: BrowserTokens) {
    let interceptor = interceptor();
    let now = platform::Platform::now(interceptor.platform().as_ref());
    let generation = interceptor.session().begin(tokens, now);
    interceptor.trace().note(trace::Event::TokenReplaced { generation });
}

/// Logs out: forgets the session in this page at once, and tells the server. Where that fails, the
/// page says that the server has not confirmed it.
pub async fn log_out() {
    let interceptor = interceptor();
    end(SignedOutReason::LoggedOut);
    let epoch = interceptor.session().epoch();
    let path = <door::LogOut as ServerFn>::PATH;
    let request = ReplayRequest { keepalive: true, ..ReplayRequest::new(Method::POST, path) };
    let told = refresh::in_time(interceptor.platform().as_ref(), &request).await;
    let confirmed = told.is_some_and(|answer| answer.status == 200);
    // Whoever has logged in meanwhile is none of this logout's business.
    if !confirmed && interceptor.session().epoch() == epoch {
        end(SignedOutReason::LoggedOutUnconfirmed);
    }
}

/// Logs out of every session of this person; the page forgets its own when the server has heard it.
///
/// # Errors
/// What kept the server from doing it; nothing has changed then.
pub async fn log_out_everywhere() -> Result<(), AppError> {
    door::log_out_everywhere().await.inspect(|()| end(SignedOutReason::LoggedOut))
}

fn end(reason: SignedOutReason) {
    let interceptor = interceptor();
    interceptor.session().end(reason);
    interceptor.trace().note(trace::Event::SignedOut);
}

/// The monotonic clock that the times of the token are on, in milliseconds.
pub fn now() -> f64 {
    platform::Platform::now(interceptor().platform().as_ref())
}
