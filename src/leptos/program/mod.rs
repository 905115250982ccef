//! The program of a page: its start, and what the page shows if it can't start.

pub mod program_state;
pub mod reload_once;
#[cfg(feature = "hydrate")]
pub mod start;
