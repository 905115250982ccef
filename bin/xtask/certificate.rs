//! Makes a self-signed certificate for `bin/serve --https`: `certificate FOLDER NAME...` writes `certificate.pem` and
//! `key.pem`. An existing certificate is kept if it has the same names and is valid for another month, because users
//! have configured their browsers to accept it.

use anyhow::{Context, bail};
use rcgen::{CertificateParams, DnType, KeyPair};
use std::{
    fs,
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};
use time::{Duration, OffsetDateTime};

/// Apple's limit for manually trusted certificates is 825 days, that of browsers for other certificates 398 days.
const LIFETIME: Duration = Duration::days(397);
const RENEW_BEFORE: Duration = Duration::days(30);

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((folder, names)) = arguments.split_first().filter(|(_, names)| !names.is_empty())
    else {
        bail!("usage: certificate FOLDER NAME...");
    };
    renew(Path::new(folder), names, OffsetDateTime::now_utc())
}

/// Writes a new certificate, unless the existing one is still usable.
fn renew(folder: &Path, names: &[String], now: OffsetDateTime) -> anyhow::Result<()> {
    if is_usable(folder, names, now) {
        return Ok(());
    }
    // Like the data folder of the server, which contains this folder, it is accessible only for its user.
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("creating {}", folder.display()))?;
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(names)?;
    params.not_before = now - Duration::days(1);
    params.not_after = now + LIFETIME;
    params.distinguished_name.push(DnType::CommonName, "Handstamp, self-signed");
    let certificate = params.self_signed(&key)?;
    write(&folder.join("key.pem"), &key.serialize_pem(), 0o600)?;
    write(&folder.join("certificate.pem"), &certificate.pem(), 0o644)?;
    let renew_at = (params.not_after - RENEW_BEFORE).unix_timestamp();
    write(&folder.join("names"), &format!("{renew_at}\n{}\n", names.join("\n")), 0o644)
}

/// Checks the file `names` in the folder of the certificate. It contains the time of the renewal, in seconds since the
/// Unix epoch, and the names of the certificate.
fn is_usable(folder: &Path, names: &[String], now: OffsetDateTime) -> bool {
    let Ok(text) = fs::read_to_string(folder.join("names")) else { return false };
    let mut lines = text.lines();
    let renew_at = lines.next().and_then(|line| line.parse::<i64>().ok());
    let has_files = ["certificate.pem", "key.pem"].iter().all(|file| folder.join(file).is_file());
    has_files && renew_at.is_some_and(|renew_at| now.unix_timestamp() < renew_at) && lines.eq(names)
}

/// Replaces a file atomically; it never has more permissions than `mode`.
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_certificate_is_kept_until_the_names_change_or_it_expires_soon() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name| folder.path().join(name);
        let renew = |names: &[&str], days| {
            let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
            renew(folder.path(), &names, OffsetDateTime::now_utc() + Duration::days(days)).unwrap();
            fs::read_to_string(path("certificate.pem")).unwrap()
        };
        let first = renew(&["localhost", "192.0.2.1", "::1"], 0);
        assert!(first.starts_with("-----BEGIN CERTIFICATE-----"));
        let mode = fs::metadata(path("key.pem")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(renew(&["localhost", "192.0.2.1", "::1"], 300), first);
        let other_names = renew(&["localhost"], 0);
        assert_ne!(other_names, first);
        let renewed = renew(&["localhost"], 390);
        assert_ne!(renewed, other_names);
        fs::remove_file(path("key.pem")).unwrap();
        assert_ne!(renew(&["localhost"], 390), renewed);
    }
}
