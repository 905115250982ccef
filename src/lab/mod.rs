//! The live lab: a stage and a sequence diagram of the page's real traffic, and experiments that disturb it.
//!
//! In reading order: `history` (turns the client's trace into the rows of a diagram, `row`), `flow` (the nineteen
//! steps), `recorder` (the history of this page as signals), `stage` (the participants, and the controls that move
//! through the history), `diagram`, `panes` (both tokens), `workbench`, `experiments` and `theft` (the buttons),
//! `devtools` and `network` (what they do to the client), `tour`, `recording` and `export`, `learn` (explanations
//! beside the stage), `json_client` (the same flow with curl), `page`. `api` has the lab's server functions and
//! `server` their implementation. `server_timing` measures the requests that the diagram shows.

pub mod api;
pub mod devtools;
pub mod diagram;
pub mod experiments;
pub mod export;
pub mod export_menu;
pub mod flow;
pub mod guest_login;
pub mod history;
pub mod json_client;
pub mod learn;
pub mod network;
pub mod page;
pub mod panes;
pub mod recorder;
pub mod recording;
pub mod row;
#[cfg(feature = "ssr")]
pub mod server;
#[cfg(feature = "ssr")]
pub mod server_timing;
pub mod stage;
#[cfg(test)]
mod tests;
pub mod theft;
pub mod timing;
pub mod tour;
pub mod types;
pub mod workbench;

pub use page::Lab;
