//! The HTTP side of logins: the cookie API, cookies, CSRF checks, and the access token of a request.

pub mod cookie;
pub mod cookie_api;
pub mod csrf;
pub mod device;
pub mod forwarded;
pub mod guard;
pub mod log_out_form;
