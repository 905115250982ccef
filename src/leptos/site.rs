//! Finds the files of the site: the program, the style sheet, and the files of `public`.

use anyhow::ensure;
use leptos::config::LeptosOptions;
use std::{fs, path::PathBuf};

/// Returns the options of the site with the program `name` in `folder`. Its file names contain a hash if `hash.txt`
/// next to the binary belongs to this site. The file may belong to another site in the same folder.
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

/// Checks that the script exists to which the pages refer. Without it, no page would hydrate.
///
/// # Errors
/// Fails with one line that contains the folder and the missing file.
pub fn require(options: &LeptosOptions) -> anyhow::Result<()> {
    let root = PathBuf::from(options.site_root.as_ref());
    let hashes = if options.hash_files { hashes(options) } else { String::new() };
    let script = script(options, &hashes);
    ensure!(
        root.join(&script).is_file(),
        "the site in {} has no {script}: build it with bin/dev-build or bin/build, or set LEPTOS_SITE_ROOT to \
         its folder; its hash.txt has to be next to the binary",
        root.display()
    );
    Ok(())
}

/// Returns the path of the script, relative to the root. `hashes` is the text of `hash.txt`.
fn script(options: &LeptosOptions, hashes: &str) -> String {
    let hash = hashes.lines().find_map(|line| line.strip_prefix("js:"));
    let hash = hash.map(|hash| format!(".{}", hash.trim())).unwrap_or_default();
    format!("{}/{}{hash}.js", options.site_pkg_dir, options.output_name)
}

/// Returns `LEPTOS_SITE_ROOT`, or the folder `name` next to the binary, as in a release archive and in a development
/// build, or `target/NAME`.
fn root(name: &str) -> String {
    std::env::var("LEPTOS_SITE_ROOT").unwrap_or_else(|_| {
        let beside = beside_the_binary(name).map(|site| site.to_string_lossy().into_owned());
        beside.unwrap_or_else(|| format!("target/{name}"))
    })
}

/// Returns the file or folder next to the binary, if it exists.
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
        // As if hash.txt was not copied with the binary: the name of the file has a hash, the pages refer to one
        // without.
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
