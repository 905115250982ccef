//! The handlers of the JSON API.

mod account;
mod email;
mod events;
pub mod extract;
pub mod health;
mod jwks;
pub mod openapi;
mod outbox;
mod profile;
mod qr_code;
mod registration;
mod sessions;
mod tokens;
