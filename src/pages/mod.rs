//! One file a page.

pub mod home;
pub mod log_in;
pub mod not_found;
pub mod posts;
pub mod profile;
pub mod return_to;
pub mod sign_up;
pub mod signed_in_only;
