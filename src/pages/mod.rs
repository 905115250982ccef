//! The pages, and what several pages share.

pub mod account;
pub mod already_logged_in;
pub mod code_split;
pub mod dashboard;
pub mod draft;
pub mod email_link;
pub mod home;
pub mod log_in;
pub mod new_password;
pub mod outbox;
pub mod paste_link;
pub mod posts;
pub mod profile;
pub mod reauthenticate;
pub mod redirect;
pub mod request_link;
pub mod require_login;
pub mod second_step;
pub mod sessions;
pub mod settings;
pub mod sign_up;
pub mod welcome;
