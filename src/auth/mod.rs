//! The life of a token.
//!
//! 1. A person logs in ([`api`]); the server checks the password (`server::password`) and begins a
//!    session (`server::accounts`). It answers with an access token in the body
//!    (`server::access_token`) and a refresh token in an `HttpOnly` cookie (`server::stamp`,
//!    `server::cookie`).
//! 2. The client holds the access token in memory ([`client::session`]) and sends it with every API
//!    call ([`client::interceptor`]); the server checks it without a look-up (`server::guard`).
//! 3. The access token expires; the server says 401. The interceptor refreshes, once for all who wait
//!    ([`client::refresh`]), and sends the request again.
//! 4. The refresh spends the refresh token and issues its successor (`server::rotation`); a repeat
//!    gets the same successor, and a spent token that comes back too late ends the session.
//! 5. The tabs of a browser tell each other what happened ([`client::tabs`]), and a page that wakes looks
//!    where its session stands ([`client::wake`]).
//! 6. The person logs out ([`client::entry`]), and the session is revoked: its access tokens stop at once
//!    (`server::revocation`).

pub mod api;
pub mod client;
pub mod codec;
pub mod cookie_header;
pub mod cookie_names;
#[cfg(feature = "ssr")]
pub mod server;
pub mod types;
