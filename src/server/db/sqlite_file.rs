//! The path and the permissions of the SQLite file.

use anyhow::Context;
use percent_encoding::percent_decode_str;
use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::ErrorKind,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// Returns the path in a `sqlite:` URL, percent-decoded as sqlx does it.
pub fn path(url: &str) -> Option<PathBuf> {
    let rest = url.strip_prefix("sqlite:")?;
    let path = rest.strip_prefix("//").unwrap_or(rest).split('?').next()?;
    percent_decode_str(path).decode_utf8().ok().map(|path| PathBuf::from(path.into_owned()))
}

/// Creates the database file with mode 0600 if it does not exist, regardless of the umask. SQLite creates its other
/// files with the same permissions. An existing file keeps its permissions. Returns the path without symbolic links.
///
/// # Errors
/// Fails with one line that names the file or the folder if it can't be created.
pub fn create(file: &Path) -> anyhow::Result<PathBuf> {
    create_folder(file)?;
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => {
            return Err(error)
                .with_context(|| format!("creating {} (DATABASE_URL)", file.display()));
        }
    }
    fs::canonicalize(file).with_context(|| format!("opening {} (DATABASE_URL)", file.display()))
}

/// Logs a warning if other users of this machine can read or write a file.
pub fn warn_if_open(file: &Path) {
    let mode = fs::metadata(file).map_or(0, |metadata| metadata.permissions().mode());
    if mode & 0o077 != 0 {
        let file = file.display();
        tracing::warn!(event = "file_readable_by_others", %file, "other users of this machine can access this file; chmod 600 prevents it");
    }
}

/// Creates the folder of a file with mode 0700 if it does not exist.
///
/// # Errors
/// Fails with one line that names the folder if it can't be created.
pub fn create_folder(file: &Path) -> anyhow::Result<()> {
    let Some(folder) = file.parent() else { return Ok(()) };
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("creating the data folder {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(file: &Path) -> u32 {
        fs::metadata(file).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn escapes_are_decoded() {
        for (url, expected) in [
            ("sqlite://data/h.db", Some("data/h.db")),
            ("sqlite:data/h.db?mode=rw", Some("data/h.db")),
            ("sqlite:///var/my%20data/%77.db", Some("/var/my data/w.db")),
            ("sqlite://%ff", None),
            ("postgres://host/h", None),
        ] {
            assert_eq!(path(url).as_deref(), expected.map(Path::new), "{url}");
        }
    }

    #[test]
    fn a_new_file_is_for_this_user_alone_in_any_folder() {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let file = folder.path().join("h.db");
        let created = create(&file).unwrap();
        assert_eq!((mode(&file), created.file_name()), (0o600, file.file_name()));
        let deep = folder.path().join("a/b/h.db");
        create(&deep).unwrap();
        assert_eq!(mode(deep.parent().unwrap()), 0o700);
    }

    #[test]
    fn a_symbolic_link_leads_to_the_same_file() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("h.db"), folder.path().join("link.db"));
        let created = create(&file).unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert_eq!(create(&link).unwrap(), created);
    }
}
