//! The token engine: refresh tokens and their rotation, access tokens, the key ring, and the set of revoked sessions.
//!
//! It knows no HTTP, no database and no clock but the one that it is given. In reading order: `keys`, `refresh_token`,
//! `access_token`, `session`, `rotation`, `revoked_sessions`.

pub mod access_token;
pub mod clock;
pub mod jwk;
mod jwt_provider;
pub mod keys;
pub mod random;
pub mod refresh_token;
pub mod revoked_sessions;
pub mod rotation;
pub mod session;
