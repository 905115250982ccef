//! Draws QR codes.

use crate::error::ServiceError;
use anyhow::Context;
use handstamp_protocol::json_api::QrCode;
use qrcode::{Color, EcLevel};
use std::fmt::Write;

/// Returns the dark squares of the QR code of a text as the path of an SVG.
///
/// # Errors
/// Fails with `internal` if the text is too long.
pub(super) fn draw(text: &str) -> Result<QrCode, ServiceError> {
    let code = qrcode::QrCode::with_error_correction_level(text, EcLevel::M)
        .context("drawing a QR code")
        .map_err(ServiceError::internal)?;
    let width = code.width();
    let mut path = String::new();
    for (index, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let _ = write!(path, "M{} {}h1v1h-1z", index % width, index / width);
        }
    }
    Ok(QrCode { width: u32::try_from(width).unwrap_or(0), path })
}
