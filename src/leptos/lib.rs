//! The life of a token.
//!
//! 1. A user logs in ([`api`]). The server verifies the password (`server::accounts::password`) and starts a session
//!    (`server::accounts::login`). It returns an access token in the body (`engine::access_token`) and a
//!    refresh token in an `HttpOnly` cookie (`engine::refresh_token`, `server::http::cookie`).
//! 2. The client holds the access token in memory ([`client::session`]) and sends it with every API request
//!    ([`client::interceptor`]). The server verifies it without a database query (`server::http::guard`).
//! 3. The access token expires, and the server responds with 401. The interceptor refreshes once for all requests that
//!    wait ([`client::refresh`]), and sends them again.
//! 4. The refresh rotates the refresh token (`engine::rotation`). A repeated request gets the same
//!    successor; a rotated token that is presented again after the reuse window ends the session.
//! 5. The tabs of a browser share new tokens and logouts ([`client::cross_tab`]). A page that becomes visible or comes
//!    back online checks its session ([`client::lifecycle`]).
//! 6. The user logs out ([`client::login`]). The session is revoked, and its access tokens are refused from then on
//!    (`server::sessions::revocation`).

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
