//! Shared components. None of them calls the server.

pub mod clipboard;
pub mod field;
pub mod focus;
pub mod frame;
pub mod gate;
pub mod live_text;
pub mod loaded;
pub mod notice;
pub mod program_state;
pub mod reload_once;
pub mod shown;
pub mod stamp;
#[cfg(feature = "hydrate")]
pub mod start;
pub mod submission;
pub mod theme;
pub mod ticket;
pub mod typed;
pub mod username;
pub mod when;
pub mod while_shown;
