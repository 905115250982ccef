//! The server half. In reading order: the keys, the two tokens, the rotation, then what uses them.

pub mod access_token;
pub mod accounts;
pub mod cookie;
pub mod cross_site;
pub mod door;
pub mod grant;
pub mod guard;
pub mod identity;
pub mod keys;
pub mod password;
pub mod revocation;
pub mod rotation;
pub mod stamp;
