//! The live lab: the flow, drawn from the real traffic of the page, and the buttons that break it.

pub mod api;
#[cfg(feature = "ssr")]
pub mod server;
pub mod types;
