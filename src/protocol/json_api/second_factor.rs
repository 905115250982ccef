//! The second factor and its recovery codes.

use crate::types::Password;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The secret for an authenticator app.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreparedSecondFactor {
    /// The secret in base32, for typing.
    pub key: String,
    /// The secret as an `otpauth:` URL.
    #[cfg_attr(feature = "openapi", schema(format = "uri"))]
    pub address: String,
    /// The URL as a QR code.
    pub qr: QrCode,
}

/// A QR code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QrCode {
    /// The width and height in squares.
    pub width: u32,
    /// The SVG path of the dark squares, with a square as the unit.
    pub path: String,
}

/// A code of the second factor, and the password.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SecondFactorCode {
    /// The code of the authenticator app: six digits.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 6, max_length = 6, pattern = "^[0-9]{6}$")
    )]
    pub code: String,
    /// The password, if the account has one.
    pub password: Option<Password>,
}

/// The credentials for a change of the second factor.
#[derive(Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The password, if the account has one.
    pub password: Option<Password>,
    /// A code of the authenticator app, or a recovery code. Required if two-step login is on, and the request switches
    /// it off or creates recovery codes.
    pub code: Option<String>,
}

/// Codes that replace a lost second factor. Each can be used once.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecoveryCodes {
    /// Ten codes.
    #[cfg_attr(feature = "openapi", schema(min_items = 10, max_items = 10))]
    pub recovery_codes: Vec<String>,
}

redacted!(PreparedSecondFactor, QrCode, RecoveryCodes);
