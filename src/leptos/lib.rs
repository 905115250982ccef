//! Logins for Leptos apps, with access tokens and rotating refresh tokens.
//!
//! The server functions issue the tokens, and set the refresh token as an `HttpOnly` cookie. The client holds the access
//! token in memory, sends it with every request, and refreshes it if the server refuses it.
//!
//! ```
//! use handstamp_leptos::{AppError, AuthClient, client, provide_session, server_functions, use_session};
//! use leptos::{prelude::*, server_fn::codec::Json, task::spawn_local};
//!
//! /// `client = AuthClient` sends the access token, refreshes it if needed, and repeats the call.
//! #[server(prefix = "/fn", input = Json, output = Json, client = AuthClient)]
//! async fn greeting() -> Result<String, AppError> {
//!     // On the server: refuses a request without a valid access token.
//!     let user = handstamp_leptos::AuthRequest::from_context()?.authenticated()?;
//!     Ok(format!("Hello, {}", user.user_id()))
//! }
//!
//! #[component]
//! fn App() -> impl IntoView {
//!     provide_session(); // once, in the root component
//!     let session = use_session();
//!     let log_in = |_| spawn_local(async {
//!         // Any server function that returns tokens.
//!         let _ = client::log_in(server_functions::try_it()).await;
//!     });
//!     view! {
//!         <p>{move || session.user().map(|user| user.username)}</p>
//!         <button on:click=log_in>"Log in as a guest"</button>
//!     }
//! }
//! ```
//!
//! The guide `docs/integrate.md` builds an app step by step.
//!
//! # The life of a token
//!
//! 1. A user logs in ([`server_functions`]). The server verifies the password (`handstamp_server::accounts::password`)
//!    and starts a session (`accounts::start_session`). It returns an access token in the body and a refresh token in an
//!    `HttpOnly` cookie (`http::cookie`).
//! 2. The client holds the access token in memory ([`client::session`]) and sends it with every API request
//!    ([`client::interceptor`]). The server verifies it without a database query (`http::guard`).
//! 3. The access token expires, and the server responds with 401. The interceptor refreshes once for all requests that
//!    wait ([`client::refresh`]), and sends them again.
//! 4. The refresh rotates the refresh token (`handstamp_engine::rotation`). A repeated request gets the same successor;
//!    a rotated token that is presented again after the reuse window ends the session.
//! 5. The tabs of a browser share new tokens and logouts ([`client::cross_tab`]). A page that becomes visible or comes
//!    back online checks its session ([`client::lifecycle`]).
//! 6. The user logs out ([`client::logout`]). The session is revoked, and its access tokens are refused from then on
//!    (`sessions::revocation`).

#[cfg(feature = "ssr")]
pub mod auth_request;
#[cfg(feature = "ssr")]
pub mod builder;
pub mod client;
pub mod codec;
#[cfg(feature = "ssr")]
mod html_form;
#[cfg(feature = "ssr")]
mod page_csp;
pub mod program;
#[cfg(feature = "ssr")]
pub mod router;
pub mod server_functions;
#[cfg(feature = "ssr")]
pub mod site;

#[cfg(feature = "ssr")]
pub use auth_request::AuthRequest;
#[cfg(feature = "ssr")]
pub use builder::Builder;
pub use client::{AuthClient, Session, provide_session, use_session};
pub use handstamp_protocol::{self as protocol, error::AppError};
#[cfg(feature = "ssr")]
pub use handstamp_server::{self as server, AppState, sessions::current_user::CurrentUser};

/// Begins a server with the pages of an app: `app` is the root component, and `shell` renders the document around it.
#[cfg(feature = "ssr")]
pub fn builder<A, D>(
    app: impl Fn() -> A + Clone + Send + Sync + 'static,
    shell: impl Fn(leptos::config::LeptosOptions) -> D + Copy + Send + Sync + 'static,
) -> Builder
where
    A: leptos::IntoView + 'static,
    D: leptos::IntoView + 'static,
{
    Builder::new(move |_, options| router::Pages {
        app,
        shell,
        context: || (),
        options,
        absent: Vec::new(),
    })
}

/// Compiles the examples of `docs/integrate.md`.
#[cfg(all(doctest, feature = "ssr"))]
#[doc = include_str!("../../docs/integrate.md")]
pub struct Integrate;
