//! The features of the demo.

use handstamp_leptos::program::program_state::ROOT;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// The features of the demo. The server provides them to a page as context, and the document passes them to the
/// browser.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoMode {
    /// Whether guest accounts can be created with one click.
    pub guests: bool,
    /// Whether the page `/outbox` shows the e-mails that are not sent.
    pub outbox: bool,
    /// The reuse window of the server in milliseconds, or 0 without the lab.
    pub reuse_window: u32,
}

/// The attribute of the root element that contains the demo mode as JSON.
pub const DEMO_MODE: &str = "data-demo";

impl DemoMode {
    /// Reads the demo mode from the document. Defaults to no demo.
    pub fn of_document() -> Self {
        let root = document().get_element_by_id(ROOT);
        let json = root.and_then(|root| root.get_attribute(DEMO_MODE));
        json.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default()
    }
}
