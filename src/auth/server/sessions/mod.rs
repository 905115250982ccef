//! Sessions: rotation of their refresh tokens, revocation, and the tokens that a login or a refresh issues.

pub mod batcher;
pub mod issued_tokens;
pub mod refresh;
pub mod revocation;
