//! Components that pages share. None of them calls the server.

pub mod avatar;
pub mod clipboard;
pub mod component_scope;
pub mod datetime;
pub mod dialog;
pub mod field;
pub mod focus;
pub mod layout;
pub mod live_text;
pub mod menu;
pub mod not_found;
pub mod notice;
pub mod page_focus;
pub mod reauth_gate;
pub mod reloadable;
pub mod session_notice;
pub mod show;
pub mod stamp;
pub mod submission;
pub mod theme;
pub mod ticket;
pub mod toast;
pub mod typed;
pub mod username;
