//! The bodies of the security events.

use serde::{Deserialize, Serialize};

/// What happened to an account, newest first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Events {
    /// The events, at most 50.
    #[cfg_attr(feature = "openapi", schema(max_items = 50))]
    pub events: Vec<ListedEvent>,
}

/// Something that happened to an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListedEvent {
    /// A UUID, time-ordered.
    #[cfg_attr(feature = "openapi", schema(format = Uuid))]
    pub id: String,
    /// What happened.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schemas::EventKind))]
    pub kind: String,
    /// What happened, as a sentence.
    pub sentence: String,
    /// When.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub at: String,
    /// The browser and the operating system.
    pub device: Option<String>,
    /// The network of the client, without the host.
    pub network: Option<String>,
}
