//! File names that change with the content, so that browsers may cache the files without asking again.
//!
//! One hash stands for the whole build. The files name each other, so with a hash for each of them the names would
//! have to be made in the order of the references; and what changes one of them mostly changes the others too.

use anyhow::Context;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use std::{fs, path::Path};

/// Stands for the hash where a file names another one, with the hash's own length: WASM has its strings in place.
pub(crate) const PLACEHOLDER: &str = "______________________";

/// The first 128 bits of a hash as base64url: 22 characters.
pub(crate) fn text(hash: Sha256) -> String {
    URL_SAFE_NO_PAD.encode(&hash.finalize()[..16])
}

/// Puts a hash into the names of all files of a folder and into what they say of each other. Returns the text of
/// `hash.txt`, as the server reads it.
///
/// # Errors
/// Fails if a file can't be read or written.
pub(crate) fn rename(folder: &Path, output_name: &str) -> anyhow::Result<String> {
    // The server asks for the program by this name.
    let program = folder.join(format!("{output_name}.wasm"));
    fs::rename(folder.join(format!("{output_name}_bg.wasm")), program)?;
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

/// A file with the new names of the others.
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

/// The list of what each part needs names the files without their extension.
fn prefetch_list(content: &[u8], hash: &str) -> anyhow::Result<Vec<u8>> {
    let list: std::collections::BTreeMap<String, Vec<String>> =
        serde_json::from_slice(content).context("reading the list of parts")?;
    let with_hash = |files: Vec<String>| -> Vec<String> {
        files.into_iter().map(|file| format!("{file}.{hash}")).collect()
    };
    let list: std::collections::BTreeMap<_, _> =
        list.into_iter().map(|(part, files)| (part, with_hash(files))).collect();
    Ok(serde_json::to_vec(&list)?)
}

/// Replaces bytes by as many others.
fn replace_bytes(mut content: Vec<u8>, old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut at = 0;
    while let Some(start) = content[at..].windows(old.len()).position(|bytes| bytes == old) {
        content[at + start..][..new.len()].copy_from_slice(new);
        at += start + new.len();
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
    fn files_get_one_hash_and_name_each_other_by_it() {
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
