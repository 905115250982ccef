//! The account of a user, its settings and its security events.

use crate::types::Password;
use serde::{Deserialize, Serialize};

/// The account of the user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Account {
    /// The user name.
    pub username: String,
    /// The e-mail address.
    #[cfg_attr(feature = "openapi", schema(format = Email))]
    pub email: String,
    /// Whether it is a guest account, which lives for a day and has no settings.
    pub guest: bool,
    /// Whether the user name was generated, because the user signed up with an e-mail link.
    pub username_generated: bool,
    /// Whether the e-mail address is confirmed.
    pub email_confirmed: bool,
    /// The change of the e-mail address that waits for its confirmation, if there is one.
    pub pending_email: Option<PendingEmail>,
    /// Whether the account has a password. Without one, the user logs in with e-mail links.
    pub has_password: bool,
    /// Whether two-step login is on.
    pub second_factor: bool,
    /// The number of unused recovery codes.
    pub recovery_codes_left: u32,
    /// Whether this access token may make sensitive changes: for 15 minutes after the user logged in or entered the
    /// password again.
    pub confirmed: bool,
}

/// A new e-mail address that is not confirmed yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PendingEmail {
    /// The new address.
    #[cfg_attr(feature = "openapi", schema(format = Email))]
    pub email: String,
    /// When its link expires.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub expires_at: String,
}

/// The body of a confirmation.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// The password.
    pub password: Password,
    /// If two-step login is on: a code of the authenticator app, or a recovery code.
    pub code: Option<String>,
}

/// A change of the password.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// The current password, if the account has one.
    pub current: Option<Password>,
    /// The new password.
    pub password: Password,
    /// Whether the other sessions are kept.
    #[serde(default)]
    pub keep_others: bool,
}

/// A change of the user name.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewUsername {
    /// At most 32 letters of any script, digits, dots, hyphens or underscores. Spaces around it are removed.
    #[cfg_attr(
        feature = "openapi",
        schema(
            min_length = 2,
            max_length = 32,
            pattern = r"^\s*[^\s\x00-,/:-@\[-\^`\{-\x9f]+\s*$"
        )
    )]
    pub username: String,
}

/// A change of the e-mail address.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewEmail {
    /// The new address.
    #[cfg_attr(feature = "openapi", schema(format = Email, min_length = 3, max_length = 254))]
    pub email: String,
    /// The password, if the account has one.
    pub password: Option<Password>,
}

/// The security events of an account, newest first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Events {
    /// The events, at most 50.
    #[cfg_attr(feature = "openapi", schema(max_items = 50))]
    pub events: Vec<ListedEvent>,
}

/// A security event of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListedEvent {
    /// A UUID, time-ordered.
    #[cfg_attr(feature = "openapi", schema(format = Uuid))]
    pub id: String,
    /// The name of the event.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schemas::EventKind))]
    pub kind: String,
    /// The event, as a sentence.
    pub sentence: String,
    /// When the event happened.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub at: String,
    /// The browser and the operating system.
    pub device: Option<String>,
    /// The network of the client, without the host part.
    pub network: Option<String>,
}
