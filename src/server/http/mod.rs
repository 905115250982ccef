//! HTTP: cookies, CSRF checks, headers, errors, and the state that handlers share.

pub mod address;
pub mod body;
pub mod cookie;
pub mod cookie_api;
pub mod csrf;
pub mod device;
pub mod files;
pub mod forwarded;
pub mod guard;
pub mod headers;
pub mod log_out_form;
pub mod middleware;
pub mod problem;
mod request_target;
pub mod state;
pub mod telemetry;
