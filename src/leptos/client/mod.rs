//! The client: holds the access token in memory, refreshes it and sends it with every request.
//!
//! An app needs three lines:
//!
//! ```text
//! provide_session();                                       // once, in the root component
//! #[server(client = AuthClient)]                           // on a protected server function
//! let posts: Page = client::api::get("/api/posts").await?; // for a protected endpoint
//! ```
//!
//! In reading order: `session` stores the token and the user, `state` has the states of a session, `replay` the
//! requests that can be sent twice. `refresh` runs one refresh at a time, `interceptor` sends requests and retries
//! them, `transport` sends and records them. `login`, `logout`, `cross_tab` and `lifecycle` react to the user, the
//! other tabs, the page and the network; `page_client` connects these parts.
//!
//! All of them depend on `platform` alone, so they run in native tests; `browser` implements it for a page. Nothing
//! here depends on a page of the app.

pub mod api;
pub mod backoff;
mod browser;
pub mod claims;
pub mod context;
pub mod cookies;
pub mod cross_tab;
mod ended_sessions;
mod held;
pub mod interceptor;
pub mod lifecycle;
pub mod login;
pub mod logout;
mod lone_failures;
pub mod page_client;
pub mod platform;
pub mod refresh;
mod refresh_request;
pub mod replay;
mod server_fn_client;
mod server_fn_replay;
pub mod session;
mod signals;
mod single_flight;
pub mod state;
#[cfg(test)]
mod tests;
pub mod trace;
pub mod transport;

pub use server_fn_client::{AuthClient, PublicClient};
pub use signals::{Session, provide_session, use_session};

use browser::Browser;
use handstamp_protocol::{error::AppError, paths, types::BrowserTokens};
use page_client::PageClient;
use state::LogoutReason;
use std::rc::Rc;

thread_local! {
    /// The client of this page. It can't be in a Leptos context, because the client of a server function has no `self`
    /// and may run without a reactive owner.
    static PAGE_CLIENT: Rc<PageClient<Browser>> = Rc::new(PageClient::new(
        Browser::new(),
        paths::REFRESH_FUNCTION,
        paths::LOG_OUT_FUNCTION,
    ));
}

/// Returns the client of this page, whose parts a tool for developers can observe and change.
pub fn page_client() -> Rc<PageClient<Browser>> {
    PAGE_CLIENT.with(Rc::clone)
}

/// Starts the client of this page: subscribes to messages of other tabs and to page events, and finds out whether a
/// user is logged in. [`provide_session`] calls it.
pub fn start() {
    let client = page_client();
    let receiver = Rc::clone(&client);
    client.platform.on_message(move |message| receiver.cross_tab.on_message(message));
    let observer = Rc::clone(&client);
    client.platform.on_page_event(move |event| {
        let observer = Rc::clone(&observer);
        wasm_bindgen_futures::spawn_local(async move { observer.lifecycle.on_event(event).await });
    });
    client.lifecycle.on_start();
}

/// Refreshes now, ignoring the backoff. The outcome changes the session.
pub async fn refresh_now() {
    let outcome = page_client().refresher.refresh_now();
    let _ = outcome.await;
}

/// Logs in with a server function that returns tokens: `client::log_in(server_functions::log_in(name, password, code))`.
///
/// # Errors
/// Fails with the error of the server function.
pub async fn log_in(
    login: impl Future<Output = Result<BrowserTokens, AppError>> + 'static,
) -> Result<(), AppError> {
    page_client().login.log_in(Box::pin(login)).await
}

/// Logs out: discards the session immediately, in every tab, and sends the logout to the server until it is confirmed.
pub fn log_out() {
    page_client().log_out();
}

/// Sends a pending logout again now.
pub fn retry_logout() {
    page_client().pending_logout.resume();
}

/// Ends all sessions of the user with the server function that does so, and discards the one of this page when the
/// server has confirmed it: `client::log_out_everywhere(server_functions::log_out_everywhere())`.
///
/// # Errors
/// Fails with the error of the server, in which case no session has ended.
pub async fn log_out_everywhere(
    request: impl Future<Output = Result<(), AppError>>,
) -> Result<(), AppError> {
    request.await?;
    discard_session(LogoutReason::LoggedOut);
    Ok(())
}

/// Discards a session that the server has already ended, in every tab.
pub fn discard_session(reason: LogoutReason) {
    page_client().refresher.discard_session(reason);
}

/// Returns the number of access tokens that this client has held.
pub fn generation() -> u64 {
    page_client().session.generation()
}

/// Returns the time of the monotonic clock in milliseconds, which the times of the token refer to.
pub fn now() -> f64 {
    platform::Platform::now(page_client().platform.as_ref())
}
