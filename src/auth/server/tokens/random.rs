//! Bytes from the operating system's CSPRNG (ASVS 11.5.1).

use crate::error::AppError;
use crate::server::error::ServiceError;

/// So many random bytes.
///
/// # Errors
/// `internal` where the operating system has none.
pub fn random<const N: usize>() -> Result<[u8; N], AppError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| ServiceError::internal(anyhow::anyhow!("no random bytes: {error}")))?;
    Ok(bytes)
}
