//! The bodies of the account settings.

use crate::types::Password;
use serde::{Deserialize, Serialize};
use std::fmt;

/// An account, as its user sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Account {
    /// The user name.
    pub username: String,
    /// The e-mail address.
    #[cfg_attr(feature = "openapi", schema(format = Email))]
    pub email: String,
    /// A guest's account lives for a day, and has no settings.
    pub guest: bool,
    /// Whether mail to the address has reached the user.
    pub email_confirmed: bool,
    /// A user without a password logs in with links by mail.
    pub has_password: bool,
    /// Whether two-step login is on.
    pub second_factor: bool,
    /// How many recovery codes are left.
    pub recovery_codes_left: u32,
    /// Whether this access token may change what could lock the user out: for 15 minutes after a login, or
    /// after the password was shown again with it or before the refresh that brought it.
    pub confirmed: bool,
}

/// A confirmation with the password.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// The password.
    pub password: Password,
    /// If two-step login is on: what the authenticator app shows, or a recovery code.
    pub code: Option<String>,
}

/// A new password.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// The current password, if there is one.
    pub current: Option<Password>,
    /// The new one.
    pub password: Password,
    /// Whether the other sessions stay.
    #[serde(default)]
    pub keep_others: bool,
}

/// Another user name.
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

/// Another e-mail address.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewEmail {
    /// The address.
    #[cfg_attr(feature = "openapi", schema(format = Email, min_length = 3, max_length = 254))]
    pub email: String,
    /// The password, if there is one.
    pub password: Option<Password>,
}

/// The secret for an authenticator app.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreparedSecondFactor {
    /// The secret in base32, to type.
    pub key: String,
    /// The same as an `otpauth:` address, to open.
    #[cfg_attr(feature = "openapi", schema(format = "uri"))]
    pub address: String,
    /// The same as a picture, to scan.
    pub qr: QrCode,
}

/// The dark squares of a QR code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QrCode {
    /// How many squares it is wide and high.
    pub width: u32,
    /// The path of an SVG, in squares.
    pub path: String,
}

/// A code of the second factor.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SecondFactorCode {
    /// Six digits.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 6, max_length = 6, pattern = "^[0-9]{6}$")
    )]
    pub code: String,
    /// The password, if the account has one.
    pub password: Option<Password>,
}

/// What proves who asks.
#[derive(Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The password, if the account has one.
    pub password: Option<Password>,
    /// If two-step login is on, and the request switches it off or makes recovery codes: what the authenticator
    /// app shows, or a recovery code.
    pub code: Option<String>,
}

/// Codes that replace the second factor if it is lost, each good once.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecoveryCodes {
    /// Ten codes.
    #[cfg_attr(feature = "openapi", schema(min_items = 10, max_items = 10))]
    pub recovery_codes: Vec<String>,
}

redacted!(PreparedSecondFactor, QrCode, RecoveryCodes);
