//! One file a page; and what pages share, which is the way to the login and back.

pub mod home;
pub mod log_in;
pub mod not_found;
pub mod posts;
pub mod profile;
pub mod return_to;
pub mod sign_up;
pub mod signed_in_only;
