//! The configuration of a project in the manifest, which cargo-leptos reads too: `[package.metadata.leptos]`.

use anyhow::{Context, bail};
use serde::Deserialize;
use serde_json::Value;
use std::{path::PathBuf, process::Command};

/// The keys that are used by this build.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Project {
    /// The package that is compiled to WASM.
    pub lib_package: String,
    #[serde(default)]
    pub lib_features: Vec<String>,
    pub lib_profile_release: String,
    pub output_name: String,
    pub site_root: PathBuf,
    pub style_file: Option<PathBuf>,
    pub assets_dir: Option<PathBuf>,
    /// Whether file names contain a hash, which the server reads from `hash.txt` next to its binary.
    #[serde(default)]
    pub hash_files: bool,
}

/// Runs `cargo metadata` with these options.
///
/// # Errors
/// Fails if cargo fails.
pub(crate) fn metadata(options: &[&str]) -> anyhow::Result<Value> {
    let output = Command::new(cargo())
        .args(["metadata", "--format-version=1"])
        .args(options)
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("running cargo metadata")?;
    if !output.status.success() {
        bail!("cargo metadata failed");
    }
    serde_json::from_slice(&output.stdout).context("reading the output of cargo metadata")
}

/// The cargo that runs this program.
pub(crate) fn cargo() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

impl Project {
    /// Reads the project `name`: an entry of `[[workspace.metadata.leptos]]`, or the metadata of a package.
    ///
    /// # Errors
    /// Fails if there is no such project, or if a key is missing.
    pub(crate) fn read(name: &str) -> anyhow::Result<Self> {
        let metadata = metadata(&["--no-deps"])?;
        let in_workspace = entries(&metadata["metadata"]["leptos"]);
        let in_packages = entries(&metadata["packages"])
            .filter(|package| package["name"] == name)
            .map(|package| &package["metadata"]["leptos"]);
        let mut entry = in_workspace
            .filter(|entry| entry["name"] == name)
            .chain(in_packages)
            .find(|entry| entry.is_object())
            .with_context(|| format!("the manifest has no leptos project named {name}"))?
            .clone();
        // In a project with one package, it is both the server and the library.
        if entry["lib-package"].is_null() {
            entry["lib-package"] = name.into();
        }
        serde_json::from_value(entry).with_context(|| format!("the leptos project {name}"))
    }
}

fn entries(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
