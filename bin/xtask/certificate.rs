//! A self-signed certificate for `bin/serve --https`: `certificate FOLDER NAME...` writes `certificate.pem` and
//! `key.pem`. A certificate that is there already stays, if it is good for the same names and for another month:
//! people have told their browsers to accept it.

use anyhow::{Context, bail};
use rcgen::{CertificateParams, DnType, KeyPair};
use std::{fs, io::Write, os::unix::fs::OpenOptionsExt, path::Path};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

/// Apple's limit for certificates that are trusted by hand is 825 days; browsers' own for others is 398.
const VALID_FOR: Duration = Duration::days(397);
const RENEW_BEFORE: Duration = Duration::days(30);

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((folder, names)) = arguments.split_first().filter(|(_, names)| !names.is_empty())
    else {
        bail!("usage: certificate FOLDER NAME...");
    };
    let folder = Path::new(folder);
    let now = OffsetDateTime::now_utc();
    if is_good(folder, names, now) {
        return Ok(());
    }
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(names)?;
    params.not_before = now - Duration::days(1);
    params.not_after = now + VALID_FOR;
    params.distinguished_name.push(DnType::CommonName, "Handstamp, self-signed");
    let certificate = params.self_signed(&key)?;
    write(&folder.join("key.pem"), &key.serialize_pem(), 0o600)?;
    write(&folder.join("certificate.pem"), &certificate.pem(), 0o644)?;
    let renew_at = (params.not_after - RENEW_BEFORE).format(&Rfc3339)?;
    write(&folder.join("names"), &format!("{renew_at}\n{}\n", names.join("\n")), 0o644)
}

/// What the certificate is for stands beside it: when to renew it, then the names.
fn is_good(folder: &Path, names: &[String], now: OffsetDateTime) -> bool {
    let Ok(text) = fs::read_to_string(folder.join("names")) else { return false };
    let mut lines = text.lines();
    let renew_at = lines.next().and_then(|line| OffsetDateTime::parse(line, &Rfc3339).ok());
    let has_files = ["certificate.pem", "key.pem"].iter().all(|file| folder.join(file).is_file());
    has_files && renew_at.is_some_and(|renew_at| now < renew_at) && lines.eq(names)
}

/// Replaces a file at once; it never has wider permissions than `mode`.
fn write(file: &Path, content: &str, mode: u32) -> anyhow::Result<()> {
    let partial = file.with_extension("partial");
    let _ = fs::remove_file(&partial);
    let mut options = fs::OpenOptions::new();
    let written = options.write(true).create_new(true).mode(mode).open(&partial);
    let written = written.and_then(|mut new| new.write_all(content.as_bytes()));
    written
        .and_then(|()| fs::rename(&partial, file))
        .with_context(|| format!("writing {}", file.display()))
}
