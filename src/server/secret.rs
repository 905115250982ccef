//! The server secret: set by the operator, or generated at the first start and stored in a file.

use crate::db::sqlite_file;
use anyhow::{Context, anyhow, bail};
use base64::{Engine, engine::general_purpose::STANDARD};
use handstamp_engine::keys::ServerSecret;
use std::{fs, io::Write, os::unix::fs::OpenOptionsExt, path::Path};

/// The file of a generated secret, relative to the working directory.
pub const FILE: &str = "data/secret";

/// Decodes a secret in base64. `place` is the setting or the file that contains it, for the error.
///
/// # Errors
/// Fails if the text is not base64 or has fewer than 32 bytes. The error does not contain the text.
pub fn decode(text: &str, place: &str) -> anyhow::Result<ServerSecret> {
    STANDARD.decode(text.trim()).ok().and_then(ServerSecret::new).ok_or_else(|| {
        anyhow!("{place} contains no valid secret. Allowed: 32 bytes or more in base64, such as the output of `openssl rand -base64 32`.")
    })
}

/// Reads the secrets of a file, newest first, separated by commas.
///
/// # Errors
/// Fails with one line that contains the path if the file can't be read or has an invalid secret.
pub fn read_file(path: &Path) -> anyhow::Result<Vec<ServerSecret>> {
    let shown = path.display();
    let text = fs::read_to_string(path)
        .with_context(|| format!("reading {shown} (HANDSTAMP_SECRET_FILE)"))?;
    text.split(',').map(|secret| decode(secret, &shown.to_string())).collect()
}

/// Loads the secret from a file. Generates the file, with mode 0600, if it does not exist.
///
/// # Errors
/// Fails if the file can't be read or written, or has an invalid secret.
pub fn kept(path: &Path) -> anyhow::Result<ServerSecret> {
    let shown = path.display();
    match fs::read_to_string(path) {
        Ok(text) => return decode(&text, &shown.to_string()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| format!("reading {shown}")),
    }
    let mut bytes = [0; 32];
    if let Err(error) = getrandom::fill(&mut bytes) {
        bail!("the operating system returned no random bytes: {error}");
    }
    let text = STANDARD.encode(bytes);
    sqlite_file::create_folder(path)?;
    let mut options = fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("writing {shown}"))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .with_context(|| format!("writing {shown}"))?;
    decode(&text, &shown.to_string())
}
