//! The server half: the sessions, the accounts, and the HTTP around them.

pub mod accounts;
pub mod http;
pub mod sessions;
