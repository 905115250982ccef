//! File names that change with the content, so that browsers can cache the files without revalidation.
//!
//! All files of a build get the same hash. The files refer to each other, so with a hash for each file the names would
//! have to be made in the order of the references; and most changes of one file change the others too.

use anyhow::Context;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use std::{fs, path::Path};

/// A placeholder for the hash in references between files. It has the length of the hash, because strings in WASM have
/// a fixed length.
pub(crate) const PLACEHOLDER: &str = "______________________";

/// The first 128 bits of a hash as base64url: 22 characters.
pub(crate) fn text(hash: Sha256) -> String {
    URL_SAFE_NO_PAD.encode(&hash.finalize()[..16])
}

/// Puts the hash into the names of all files of a folder and into their references to each other. Returns the content
/// of `hash.txt` for the server.
///
/// # Errors
/// Fails if a file can't be read or written.
pub(crate) fn rename(folder: &Path, output_name: &str) -> anyhow::Result<String> {
    // The rendered page loads the WASM under this name.
    let wasm = folder.join(format!("{output_name}.wasm"));
    fs::rename(folder.join(format!("{output_name}_bg.wasm")), wasm)?;
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            names.push(entry.file_name().into_string().ok().context("a file name is not text")?);
        }
    }
    names.sort();
    let mut hash = Sha256::new();
    for name in &names {
        hash.update(name);
        hash.update(fs::read(folder.join(name))?);
    }
    let hash = text(hash);
    for name in &names {
        let content = fs::read(folder.join(name))?;
        let content = with_references(name, content, &names, &hash)?;
        fs::write(folder.join(hashed(name, &hash)), content)?;
        fs::remove_file(folder.join(name))?;
    }
    let kinds = ["js", "wasm", "css", "manifest", "split"];
    Ok(kinds.map(|kind| format!("{kind}: {hash}\n")).concat())
}

/// `handstamp.js` becomes `handstamp.HASH.js`.
fn hashed(name: &str, hash: &str) -> String {
    match name.rsplit_once('.') {
        _ if name.contains(PLACEHOLDER) => name.replace(PLACEHOLDER, hash),
        Some((stem, extension)) => format!("{stem}.{hash}.{extension}"),
        None => name.to_owned(),
    }
}

/// Returns the content of a file with the new names of the other files.
fn with_references(
    name: &str,
    content: Vec<u8>,
    names: &[String],
    hash: &str,
) -> anyhow::Result<Vec<u8>> {
    if name.ends_with(".wasm") {
        return Ok(replace_bytes(content, PLACEHOLDER.as_bytes(), hash.as_bytes()));
    }
    if name.ends_with(".json") {
        return prefetch_list(&content, hash);
    }
    let mut text = String::from_utf8(content).with_context(|| format!("{name} is not text"))?;
    for other in names {
        for quote in ['"', '\'', '`'] {
            let (old, new) =
                (format!("./{other}{quote}"), format!("./{}{quote}", hashed(other, hash)));
            text = text.replace(&old, &new);
        }
    }
    Ok(text.into_bytes())
}

/// Returns the prefetch list, which names the files of each chunk without their extension, with the new names.
fn prefetch_list(content: &[u8], hash: &str) -> anyhow::Result<Vec<u8>> {
    let list: std::collections::BTreeMap<String, Vec<String>> =
        serde_json::from_slice(content).context("reading the prefetch list")?;
    let with_hash = |files: Vec<String>| -> Vec<String> {
        files.into_iter().map(|file| format!("{file}.{hash}")).collect()
    };
    let list: std::collections::BTreeMap<_, _> =
        list.into_iter().map(|(chunk, files)| (chunk, with_hash(files))).collect();
    Ok(serde_json::to_vec(&list)?)
}

/// Replaces all occurrences of `old` by `new`, which has the same length.
fn replace_bytes(mut content: Vec<u8>, old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut offset = 0;
    while let Some(start) = content[offset..].windows(old.len()).position(|bytes| bytes == old) {
        content[offset + start..][..new.len()].copy_from_slice(new);
        offset += start + new.len();
    }
    content
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(style: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, content: &str| fs::write(folder.path().join(name), content).unwrap();
        let link = format!("./__wasm_split.{PLACEHOLDER}.js");
        write("app.js", &format!("import * as x from '{link}'; // ./split_labyrinth.wasm"));
        write("app_bg.wasm", &format!("\0asm {link} \0"));
        write(&link[2..], "import {a} from \"./app.js\"; fetch(new URL(\"./split_lab.wasm\"))");
        write("split_lab.wasm", &format!("\0asm {link}"));
        write("__wasm_split_manifest.json", r#"{"lab":["split_lab"]}"#);
        write("app.css", style);
        folder
    }

    #[test]
    fn all_files_and_their_references_get_the_same_hash() {
        let folder = site("a{}");
        let hashes = rename(folder.path(), "app").unwrap();
        let hash = hashes.lines().next().unwrap().strip_prefix("js: ").unwrap().to_owned();
        assert_eq!(hash.len(), PLACEHOLDER.len());
        assert!(hashes.contains(&format!("\nsplit: {hash}\n")));
        let read = |name: String| fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(read(format!("app.{hash}.js")).contains(&format!("'./__wasm_split.{hash}.js'")));
        assert_eq!(read(format!("app.{hash}.wasm")), format!("\0asm ./__wasm_split.{hash}.js \0"));
        let link = read(format!("__wasm_split.{hash}.js"));
        assert!(link.contains(&format!("\"./app.{hash}.js\"")), "{link}");
        assert!(link.contains(&format!("\"./split_lab.{hash}.wasm\"")), "{link}");
        let list = read(format!("__wasm_split_manifest.{hash}.json"));
        assert_eq!(list, format!(r#"{{"lab":["split_lab.{hash}"]}}"#));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 6);
    }

    #[test]
    fn any_change_changes_the_hash() {
        let hash = |style| rename(site(style).path(), "app").unwrap();
        assert_eq!(hash("a{}"), hash("a{}"));
        assert_ne!(hash("a{}"), hash("b{}"));
    }
}
