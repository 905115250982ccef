//! The live lab: the flow, drawn from the real traffic of the page, and the buttons that break it.
//!
//! In reading order: `history` (what happened, as the rows of a diagram: `row`), `flow` (the nineteen steps),
//! `recorder` (the history of this page), `diagram`, `panes` (the ticket and the stamp), `bench`, `experiments` and
//! `thief` (the buttons), `tour`, `export`, `native` (the same flow with curl), `page`. `api` are the lab's
//! server functions and `server` what is behind them.

pub mod api;
pub mod diagram;
pub mod experiments;
pub mod export;
pub mod flow;
pub mod history;
pub mod json_client;
pub mod page;
pub mod panes;
pub mod recorder;
pub mod row;
#[cfg(feature = "ssr")]
pub mod server;
#[cfg(test)]
mod tests;
pub mod thief;
pub mod timing;
pub mod tour;
pub mod types;
pub mod workbench;

pub use page::Lab;
