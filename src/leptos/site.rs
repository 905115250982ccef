//! Finds the files of the site: the program, the style sheet, and what lies in `public`.

use anyhow::ensure;
use leptos::config::LeptosOptions;
use std::{fs, path::PathBuf};

/// Returns the options of a site: `name` is the name of its program, `folder` that of its folder. The file names carry
/// a hash if `hash.txt` beside the binary belongs to this site: there may be another site in the same folder.
pub fn options(name: &str, folder: &str) -> LeptosOptions {
    let builder = LeptosOptions::builder().output_name(name.to_owned());
    let mut options = builder.site_root(root(folder)).build();
    let script = script(&options, &hashes(&options));
    options.hash_files = PathBuf::from(options.site_root.as_ref()).join(script).is_file()
        && beside_the_binary(options.hash_file.as_ref()).is_some();
    options
}

/// Returns the text of `hash.txt`, which is empty if there is none.
fn hashes(options: &LeptosOptions) -> String {
    let file = beside_the_binary(options.hash_file.as_ref());
    file.and_then(|file| fs::read_to_string(file).ok()).unwrap_or_default()
}

/// Checks that the program is there which the pages name. Without it every page would stay without function.
///
/// # Errors
/// Fails with one line that names the folder and the missing file.
pub fn require(options: &LeptosOptions) -> anyhow::Result<()> {
    let root = PathBuf::from(options.site_root.as_ref());
    let hashes = if options.hash_files { hashes(options) } else { String::new() };
    let script = script(options, &hashes);
    ensure!(
        root.join(&script).is_file(),
        "the site in {} has no {script}: build it with bin/dev-build or bin/build, or set LEPTOS_SITE_ROOT to \
         its folder; its hash.txt belongs beside the binary",
        root.display()
    );
    Ok(())
}

/// The path of the program's script below the root. `hashes` is the text of `hash.txt`.
fn script(options: &LeptosOptions, hashes: &str) -> String {
    let hash = hashes.lines().find_map(|line| line.strip_prefix("js:"));
    let hash = hash.map(|hash| format!(".{}", hash.trim())).unwrap_or_default();
    format!("{}/{}{hash}.js", options.site_pkg_dir, options.output_name)
}

/// `LEPTOS_SITE_ROOT`, or the folder `name` beside the binary, as in a release archive and in a development build, or
/// `target/NAME`.
fn root(name: &str) -> String {
    std::env::var("LEPTOS_SITE_ROOT").unwrap_or_else(|_| {
        let beside = beside_the_binary(name).map(|site| site.to_string_lossy().into_owned());
        beside.unwrap_or_else(|| format!("target/{name}"))
    })
}

/// A file or folder beside the binary, if there is one of this name.
fn beside_the_binary(name: &str) -> Option<PathBuf> {
    let path = std::env::current_exe().ok()?.parent()?.join(name);
    path.exists().then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_has_the_hash_of_its_own_line() {
        let options = LeptosOptions::builder().output_name("handstamp".to_owned()).build();
        let hashes = "css: b\njs: a\nwasm: c\n";
        assert_eq!(script(&options, hashes), "pkg/handstamp.a.js");
        assert_eq!(script(&options, ""), "pkg/handstamp.js");
    }

    #[test]
    fn a_site_needs_the_script_that_its_pages_name() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_str().unwrap().to_owned();
        let options = LeptosOptions::builder()
            .output_name("handstamp".to_owned())
            .site_root(root.clone())
            .build();
        fs::create_dir(folder.path().join("pkg")).unwrap();
        // As if hash.txt was not copied along with the binary: the file has a hash, and the pages name none.
        fs::write(folder.path().join("pkg/handstamp.a.js"), "").unwrap();
        let error = require(&options).unwrap_err().to_string();
        assert_eq!(error.lines().count(), 1);
        for part in [root.as_str(), "pkg/handstamp.js", "hash.txt", "LEPTOS_SITE_ROOT"] {
            assert!(error.contains(part), "{error}");
        }
        fs::write(folder.path().join("pkg/handstamp.js"), "").unwrap();
        require(&options).unwrap();
    }
}
