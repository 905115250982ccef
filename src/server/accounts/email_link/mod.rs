//! Links that are sent by e-mail: to log in, to confirm an address, to set a new password, and to undo two-step login.

pub mod arrival;
pub mod flows;
pub mod password_reset;
pub mod token;
