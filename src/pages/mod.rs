//! One file a page; and what pages share, which is the way to the login and back.

pub mod account;
pub mod apart;
pub mod ask_link;
pub mod confirm_first;
pub mod draft;
pub mod home;
pub mod log_in;
pub mod new_password;
pub mod not_found;
pub mod open_link;
pub mod outbox;
pub mod paste_link;
pub mod posts;
pub mod profile;
pub mod return_to;
pub mod second_factor;
pub mod sessions;
pub mod sign_up;
pub mod signed_in_only;
