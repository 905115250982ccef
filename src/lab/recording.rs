//! A recording of the client's trace, which another page can replay. It contains no secret.

use super::history::History;
use handstamp_leptos::client::trace::Entry;
use handstamp_protocol::cookie_names::CookieNames;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// The version of the format.
const VERSION: u32 = 1;

/// A longer recording is shortened to its last entries.
const MAX_ENTRIES: usize = 300;

/// The number of entries of a link, which browsers limit in length.
const MAX_LINK_ENTRIES: usize = 100;

/// A larger file is not a recording.
pub const MAX_BYTES: usize = 1 << 20;

/// The fragment of a link that replays a recording.
const FRAGMENT: &str = "replay=";

/// The steps of a client, and the names of its access tokens by their generation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    handstamp: u32,
    tickets: BTreeMap<u64, String>,
    entries: Vec<Entry>,
}

impl Recording {
    /// Returns a recording of these entries.
    pub fn new(entries: &[Entry], tickets: &HashMap<u64, String>) -> Self {
        let entries = entries[entries.len().saturating_sub(MAX_ENTRIES)..].to_vec();
        let tickets =
            tickets.iter().map(|(generation, name)| (*generation, name.clone())).collect();
        Self { handstamp: VERSION, tickets, entries }
    }

    /// Parses a recording, or an export that contains one.
    pub fn parse(text: &str) -> Option<Self> {
        #[derive(Deserialize)]
        struct Export {
            recording: Recording,
        }
        let parsed = serde_json::from_str::<Self>(text)
            .or_else(|_| serde_json::from_str::<Export>(text).map(|export| export.recording));
        parsed.ok().filter(|recording| recording.handstamp == VERSION)
    }

    /// Returns the history of the recorded page.
    pub fn replay(&self, cookies: CookieNames) -> History {
        let mut history = History::default();
        history.set_cookie_names(cookies);
        for (generation, name) in &self.tickets {
            history.name_ticket(*generation, name.clone());
        }
        let last = &self.entries[self.entries.len().saturating_sub(MAX_ENTRIES)..];
        last.iter().for_each(|entry| history.add(entry));
        history
    }

    /// Returns the fragment of a link that replays it. Browsers send no fragment to the server (RFC 9110 §4.2.3).
    pub fn fragment(&self) -> String {
        let last = self.entries.len().saturating_sub(MAX_LINK_ENTRIES);
        let short = Self { entries: self.entries[last..].to_vec(), ..self.clone() };
        let json = serde_json::to_string(&short).unwrap_or_default();
        format!("{FRAGMENT}{}", String::from(js_sys::encode_uri_component(&json)))
    }

    /// Reads the recording of a fragment.
    pub fn of_fragment(fragment: &str) -> Option<Self> {
        let encoded = fragment.trim_start_matches('#').strip_prefix(FRAGMENT)?;
        if encoded.len() > MAX_BYTES {
            return None;
        }
        let json = js_sys::decode_uri_component(encoded).ok()?;
        Self::parse(&String::from(json))
    }
}
