//! The outbox of a demo.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The mail that would have been sent, newest first.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Outbox {
    /// The mails, at most 50.
    #[cfg_attr(feature = "openapi", schema(max_items = 50))]
    pub mails: Vec<OutboxMail>,
}

/// A mail that would have been sent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OutboxMail {
    /// The sender.
    pub from: String,
    /// The recipient.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The link in the text, if there is one.
    pub link: Option<String>,
    /// Whether the link still works.
    pub link_state: Option<LinkState>,
    /// When it was written.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub at: String,
}

/// The state of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// The link works.
    Valid,
    /// The link was used, or replaced by a newer one.
    Used,
    /// The link has expired.
    Expired,
}

redacted!(Outbox, OutboxMail);
