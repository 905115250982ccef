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

pub mod api;
pub mod client;
pub mod codec;
pub mod cookie_header;
#[cfg(feature = "ssr")]
pub mod server;

pub use crate::protocol::{cookie_names, types};
