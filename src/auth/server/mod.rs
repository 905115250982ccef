//! The server half. In reading order: the keys, the two tokens, the rotation, then what uses them.

pub mod access_token;
pub mod account_changes;
pub mod accounts;
pub mod confirmation;
pub mod cookie;
pub mod cross_site;
pub mod device;
pub mod door;
pub mod events;
pub mod grant;
pub mod guard;
pub mod identity;
mod jwt_provider;
pub mod keys;
pub mod known;
pub mod links;
pub mod log_out_form;
pub mod mail_links;
pub mod password;
pub mod random;
pub mod revocation;
pub mod rotation;
pub mod seal;
pub mod second_factor;
pub mod stamp;
pub mod strength;
pub mod tries;
