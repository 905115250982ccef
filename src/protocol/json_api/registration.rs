//! The registration of a guest.

use crate::types::Password;
use serde::{Deserialize, Serialize};

/// What turns a guest account into an account that stays.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct GuestRegistration {
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
    /// The e-mail address.
    #[cfg_attr(feature = "openapi", schema(format = Email, min_length = 3, max_length = 254))]
    pub email: String,
    /// The password.
    pub password: Password,
}
