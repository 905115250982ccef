//! From the linker's WASM to what a browser loads: parts that are loaded later, and the JavaScript around them.

use crate::fingerprint::PLACEHOLDER;
use anyhow::{Context, anyhow};
use std::{fs, path::Path};
use wasm_bindgen_cli_support::Bindgen;
use wasm_split_cli_support as split;

/// Writes `NAME.js`, `NAME_bg.wasm` and, with `is_split`, the parts and the scripts that load them.
///
/// # Errors
/// Fails if the WASM is not what the libraries expect, or if a file can't be written.
pub(crate) fn generate(
    name: &str,
    program: Vec<u8>,
    is_split: bool,
    folder: &Path,
) -> anyhow::Result<()> {
    let program = if is_split { take_apart(name, &program, folder)? } else { program };
    let mut bindgen = Bindgen::new();
    bindgen.input_bytes(name, program).typescript(false).remove_producers_section(true);
    bindgen.web(true)?.keep_lld_exports(is_split).demangle(!is_split);
    bindgen.generate(folder).context("wasm-bindgen")
}

/// Writes the parts, and returns what is left: the program that a page starts with.
fn take_apart(name: &str, program: &[u8], folder: &Path) -> anyhow::Result<Vec<u8>> {
    let main = folder.join("main.wasm");
    let main_module = format!("./{name}.js");
    let link_name = format!("./__wasm_split.{PLACEHOLDER}.js");
    let mut options = split::Options::new(program);
    options.output_dir = folder;
    options.main_out_path = &main;
    options.main_module = &main_module;
    options.link_name = &link_name;
    let parts = split::transform(options).map_err(|error| anyhow!("wasm-split: {error:?}"))?;
    let manifest = folder.join("__wasm_split_manifest.json");
    fs::write(manifest, serde_json::to_string(&parts.prefetch_map)?)?;
    let rest = fs::read(&main)?;
    fs::remove_file(&main)?;
    Ok(rest)
}
