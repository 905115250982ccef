//! The optimisations of a production build: smaller WASM, minified scripts and styles, compressed files.

use anyhow::{Context, bail};
use std::{ffi::OsStr, path::Path, process::Command};

/// Optimises WASM for size, and minifies scripts and style sheets.
///
/// # Errors
/// Fails if `wasm-opt` or `esbuild` is missing or fails.
pub(crate) fn minimize(folder: &Path) -> anyhow::Result<()> {
    for file in crate::site::files_below(folder)? {
        let Some(extension) = file.extension().and_then(OsStr::to_str) else { continue };
        let file = file.as_os_str();
        match extension {
            "wasm" => {
                let features = [
                    "--enable-bulk-memory",
                    "--enable-nontrapping-float-to-int",
                    "--enable-mutable-globals",
                    "--enable-sign-ext",
                    "--enable-reference-types",
                    "--enable-multivalue",
                ];
                run(Command::new("wasm-opt")
                    .arg("-Oz")
                    .args(features)
                    .arg(file)
                    .arg("-o")
                    .arg(file))?;
            }
            "js" | "css" => {
                let mut outfile = OsStr::new("--outfile=").to_owned();
                outfile.push(file);
                let options = ["--minify", "--allow-overwrite", "--log-level=warning"];
                run(Command::new("esbuild").arg(file).args(options).arg(outfile))?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Writes a `.br` and a `.gz` file next to each file. The server chooses between them.
///
/// # Errors
/// Fails if `node` is missing or fails.
pub(crate) fn compress(folder: &Path) -> anyhow::Result<()> {
    run(Command::new("node").arg("bin/xtask/compress.mjs").arg(folder))
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status =
        command.status().with_context(|| format!("running {name}: bin/setup build installs it"))?;
    if !status.success() {
        bail!("{name} failed");
    }
    Ok(())
}
