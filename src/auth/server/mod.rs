//! The server half: the two tokens, the sessions that they belong to, the accounts, and the HTTP around them.

pub mod accounts;
pub mod http;
pub mod sessions;
pub mod tokens;
