//! Random bytes.

/// Returns random bytes from the operating system's CSPRNG.
///
/// # Errors
/// Fails if the operating system has none.
pub fn random<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}
