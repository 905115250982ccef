//! Bundles a style sheet with its imports into one file.

use anyhow::{Context, bail};
use std::{fs, path::Path};

/// Returns a style sheet with the content of its imports. An import is a line `@import "name.css";`, and the imported
/// file has no imports.
///
/// # Errors
/// Fails if a file can't be read or has an unsupported import.
pub(crate) fn bundle(file: &Path) -> anyhow::Result<String> {
    let folder = file.parent().context("the style sheet has no parent folder")?;
    let mut bundled = String::new();
    for line in read(file)?.lines() {
        match line.trim().strip_prefix("@import ") {
            None => bundled.push_str(line),
            Some(import) => {
                let name = import.strip_prefix('"').and_then(|rest| rest.strip_suffix("\";"));
                let name = name.with_context(|| format!("{}: {line}", file.display()))?;
                let imported = read(&folder.join(name))?;
                if imported.contains("@import") {
                    bail!("the imported file {name} has an import");
                }
                bundled.push_str(&imported);
            }
        }
        bundled.push('\n');
    }
    Ok(bundled)
}

fn read(file: &Path) -> anyhow::Result<String> {
    fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_replaced_and_unsupported_ones_are_rejected() {
        let folder = tempfile::tempdir().unwrap();
        let main = folder.path().join("main.css");
        fs::write(folder.path().join("a.css"), "a {}\n").unwrap();
        fs::write(&main, "/* x */\n@import \"a.css\";\nb {}\n").unwrap();
        assert_eq!(bundle(&main).unwrap(), "/* x */\na {}\n\nb {}\n");
        for bad in ["@import url(a.css);", "@import \"missing.css\";", "@import \"main.css\";"] {
            fs::write(&main, bad).unwrap();
            assert!(bundle(&main).is_err(), "{bad}");
        }
    }
}
