//! The build steps that need Rust libraries, called by the scripts in `bin/`.
//!
//! - `xtask site`: builds the site: WASM, JavaScript, the style sheet and the public files.
//! - `xtask bindgen`: processes one WASM file like a production build, for the comparison of sizes in `bin/bench`.
//! - `xtask licenses`: checks that the licence of every dependency is allowed.

mod bindgen;
mod fingerprint;
mod licenses;
mod manifest;
mod optimize;
mod site;
mod style;

use anyhow::{Context, bail};
use std::{fs, path::Path, process::ExitCode};

const USAGE: &str =
    "usage: xtask site PROJECT [--release] [--split] | bindgen NAME WASM FOLDER | licenses";

fn main() -> ExitCode {
    match run(std::env::args().skip(1).collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Vec<String>) -> anyhow::Result<()> {
    let (command, rest) = arguments.split_first().context(USAGE)?;
    match (command.as_str(), rest) {
        ("site", [project, options @ ..]) => site::build(project, parse(options)?),
        ("bindgen", [name, wasm, folder]) => bindgen(name, Path::new(wasm), Path::new(folder)),
        ("licenses", []) => licenses::check(),
        _ => bail!(USAGE),
    }
}

fn bindgen(name: &str, wasm: &Path, folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
    let content = fs::read(wasm).with_context(|| format!("reading {}", wasm.display()))?;
    bindgen::generate(name, content, false, folder)?;
    optimize::minimize(folder)
}

fn parse(options: &[String]) -> anyhow::Result<site::Options> {
    let mut parsed = site::Options::default();
    for option in options {
        match option.as_str() {
            "--release" => parsed.release = true,
            "--split" => parsed.split = true,
            other => bail!("unknown option {other}; {USAGE}"),
        }
    }
    Ok(parsed)
}
