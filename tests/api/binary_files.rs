//! The files that the binary reads and creates: the database, the secret, and their permissions.

use crate::helpers::{run_to_end, start_server};
use std::{fs, os::unix::fs::PermissionsExt, path::Path};

const SECRET: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn all_paths_to_one_database_file_share_one_lock() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("w.db");
    let url = format!("sqlite://{}", file.display());
    let _server = start_server(folder.path(), &[("DATABASE_URL", &url)]);
    std::os::unix::fs::symlink(&file, folder.path().join("link.db")).unwrap();
    for name in ["w.db", "%77.db", "link.db"] {
        let url = format!("sqlite://{}/{name}", folder.path().display());
        let (output, _folder) = run_to_end(&[("DATABASE_URL", &url), ("HANDSTAMP_LOG", "off")]);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{name}: {error}");
        assert!(error.contains("another handstamp uses"), "{name}: {error}");
    }
}

#[test]
fn the_database_files_have_mode_600_in_any_folder() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("my data");
    fs::create_dir(&data).unwrap();
    fs::set_permissions(&data, PermissionsExt::from_mode(0o777)).unwrap();
    let url = format!("sqlite://{}/my%20data/h.db", folder.path().display());
    let server = start_server(folder.path(), &[("DATABASE_URL", &url)]);
    let mut names = Vec::new();
    for entry in fs::read_dir(&data).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(mode(&entry.path()), 0o600, "{entry:?}");
        names.push(entry.file_name().into_string().unwrap());
    }
    assert!(
        names.contains(&"h.db".to_owned()) && names.contains(&"h.db-wal".to_owned()),
        "{names:?}"
    );
    assert_eq!(server.stop().unwrap().0, Some(0));
}

#[test]
fn a_database_that_other_users_can_read_is_logged_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("open.db");
    fs::write(&file, "").unwrap();
    fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).unwrap();
    let url = format!("sqlite://{}", file.display());
    let server = start_server(folder.path(), &[("DATABASE_URL", &url)]);
    let (_, log) = server.stop().unwrap();
    assert_eq!(log.matches("can access this file").count(), 1, "{log}");
    assert!(log.contains("open.db"), "{log}");
}

#[test]
fn the_secret_can_be_read_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mounted");
    fs::write(&file, format!("{SECRET}\n")).unwrap();
    let setting = ("HANDSTAMP_SECRET_FILE", file.to_str().unwrap());
    let server = start_server(folder.path(), &[setting]);
    assert!(!folder.path().join("data/secret").exists());
    let (_, log) = server.stop().unwrap();
    assert!(log.contains("other users of this machine can access this file"), "{log}");
    for settings in [
        vec![setting, ("HANDSTAMP_SECRET", SECRET)],
        vec![("HANDSTAMP_SECRET_FILE", "/nowhere/secret")],
    ] {
        let (output, _folder) = run_to_end(&settings);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(error.contains("HANDSTAMP_SECRET_FILE"), "{error}");
    }
}

#[test]
fn the_generated_secret_file_is_created_once_with_mode_600() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let secret = data.join("secret");
    let first = start_server(folder.path(), &[]);
    assert_eq!((mode(&secret), mode(&data)), (0o600, 0o700));
    let generated = fs::read(&secret).unwrap();
    assert_eq!(first.stop().unwrap().0, Some(0));
    let second = start_server(folder.path(), &[]);
    assert_eq!(fs::read(&secret).unwrap(), generated);
    assert_eq!(second.stop().unwrap().0, Some(0));
}
