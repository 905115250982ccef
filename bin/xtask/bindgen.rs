//! Makes the files for the browser from the linker's WASM: chunks for lazy loading, and the JavaScript bindings.

use crate::fingerprint::PLACEHOLDER;
use anyhow::{Context, anyhow};
use std::{fs, path::Path};
use wasm_bindgen_cli_support::Bindgen;
use wasm_split_cli_support as split;

/// Writes `NAME.js`, `NAME_bg.wasm` and, if `is_split`, the chunks and the scripts that load them.
///
/// # Errors
/// Fails if the libraries can't process the WASM, or if a file can't be written.
pub(crate) fn generate(
    name: &str,
    wasm: Vec<u8>,
    is_split: bool,
    folder: &Path,
) -> anyhow::Result<()> {
    let wasm = if is_split { split_chunks(name, &wasm, folder)? } else { wasm };
    let mut bindgen = Bindgen::new();
    bindgen.input_bytes(name, wasm).typescript(false).remove_producers_section(true);
    bindgen.web(true)?.keep_lld_exports(is_split).demangle(!is_split);
    bindgen.generate(folder).context("wasm-bindgen")
}

/// Writes the chunks, and returns the main module, which every page loads first.
fn split_chunks(name: &str, wasm: &[u8], folder: &Path) -> anyhow::Result<Vec<u8>> {
    let main = folder.join("main.wasm");
    let main_module = format!("./{name}.js");
    let link_name = format!("./__wasm_split.{PLACEHOLDER}.js");
    let mut options = split::Options::new(wasm);
    options.output_dir = folder;
    options.main_out_path = &main;
    options.main_module = &main_module;
    options.link_name = &link_name;
    let chunks = split::transform(options).map_err(|error| anyhow!("wasm-split: {error:?}"))?;
    let manifest = folder.join("__wasm_split_manifest.json");
    fs::write(manifest, serde_json::to_string(&chunks.prefetch_map)?)?;
    let main_wasm = fs::read(&main)?;
    fs::remove_file(&main)?;
    Ok(main_wasm)
}
