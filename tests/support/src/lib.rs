//! Test and benchmark support: PostgreSQL, server processes, an SMTP server, HTTP clients, and a proxy that loses
//! responses.

pub mod client;
pub mod json_client;
pub mod load_generator;
pub mod postgres;
pub mod process;
pub mod proxy;
pub mod smtp;
