//! Keys, refresh tokens and access tokens. In reading order: `keys`, `refresh_token`, `access_token`.

pub mod access_token;
pub mod encryption;
pub mod jwk;
mod jwt_provider;
pub mod keys;
pub mod random;
pub mod refresh_token;
