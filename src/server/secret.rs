//! The server secret: given by the operator, or made at the first start and kept.

use crate::db::sqlite_file;
use anyhow::{Context, anyhow, bail};
use base64::{Engine, engine::general_purpose::STANDARD};
use handstamp_engine::keys::ServerSecret;
use std::{fs, io::Write, os::unix::fs::OpenOptionsExt, path::Path};

/// Where a secret that was made here is kept, from the working folder.
pub const FILE: &str = "data/secret";

/// Reads a secret in base64. `place` is where it stands, for the error.
///
/// # Errors
/// Not base64, or fewer than 32 bytes; never shows the text.
pub fn decode(text: &str, place: &str) -> anyhow::Result<ServerSecret> {
    STANDARD.decode(text.trim()).ok().and_then(ServerSecret::new).ok_or_else(|| {
        anyhow!("{place} does not hold a secret. Allowed: 32 bytes or more, base64, as `openssl rand -base64 32` prints them.")
    })
}

/// Reads the secrets of a file, newest first, separated by commas.
///
/// # Errors
/// Fails with one line that names the file if it can't be read or holds no secret.
pub fn read_file(path: &Path) -> anyhow::Result<Vec<ServerSecret>> {
    let shown = path.display();
    let text = fs::read_to_string(path)
        .with_context(|| format!("reading {shown} (HANDSTAMP_SECRET_FILE)"))?;
    text.split(',').map(|secret| decode(secret, &shown.to_string())).collect()
}

/// Reads the secret of an earlier start, or makes one that only this user can read.
///
/// # Errors
/// A file that can't be read or written, or holds no secret.
pub fn kept(path: &Path) -> anyhow::Result<ServerSecret> {
    let shown = path.display();
    match fs::read_to_string(path) {
        Ok(text) => return decode(&text, &shown.to_string()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| format!("reading {shown}")),
    }
    let mut bytes = [0; 32];
    if let Err(error) = getrandom::fill(&mut bytes) {
        bail!("the operating system gives no random bytes: {error}");
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
