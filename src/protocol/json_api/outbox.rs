//! The bodies of the outbox.

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
    /// Who would have got it.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// What it says.
    pub text: String,
    /// What it asks to open.
    pub link: Option<String>,
    /// When it was written.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub at: String,
}

redacted!(Outbox, OutboxMail);
