//! The live lab: a sequence diagram of the page's real traffic, and experiments that disturb it.
//!
//! In reading order: `history` (turns the client's trace into the rows of a diagram, `row`), `flow` (the nineteen
//! steps), `recorder` (the history of this page as signals), `diagram`, `panes` (both tokens), `workbench`,
//! `experiments` and `theft` (the buttons), `devtools` and `network` (what they do to the client), `tour`, `export`,
//! `json_client` (the same flow with curl), `learn` (explanations), `page`. `api` has the lab's server functions and `server` their
//! implementation. `server_timing` measures the requests that the diagram shows.

pub mod api;
pub mod devtools;
pub mod diagram;
pub mod experiments;
pub mod export;
pub mod flow;
pub mod history;
pub mod json_client;
pub mod learn;
pub mod network;
pub mod page;
pub mod panes;
pub mod recorder;
pub mod row;
#[cfg(feature = "ssr")]
pub mod server;
#[cfg(feature = "ssr")]
pub mod server_timing;
#[cfg(test)]
mod tests;
pub mod theft;
pub mod timing;
pub mod tour;
pub mod types;
pub mod workbench;

pub use page::Lab;
