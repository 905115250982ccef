//! Builds the site: the static files of the server.

use crate::{bindgen, fingerprint, manifest, manifest::Project, optimize, style};
use anyhow::{Context, bail};
use sha2::{Digest, Sha256};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The target directory, which is also set by the scripts.
const TARGET: &str = "target";

/// The target directory for WASM. Cargo locks a target directory, so a separate one allows compiling the WASM and the
/// server at the same time. The two builds would share nothing, because their procedural macros get other flags.
const WASM_TARGET: &str = "target/wasm";
const WASM: &str = "wasm32-unknown-unknown";

/// Compiler flags for the WASM of a development build. These are flags and not a profile, so that `cargo clippy` and
/// `cargo test` can use the same procedural macros.
const DEVELOPMENT_FLAGS: [&str; 2] = ["-Copt-level=1", "-Cstrip=debuginfo"];

/// The kind of build.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Options {
    /// For production: optimised for size, minified and compressed.
    pub release: bool,
    /// The WASM has chunks that are loaded later (`#[wasm_split]`).
    pub split: bool,
}

/// Builds the site of a project, unless it was built from the same inputs already.
///
/// # Errors
/// Fails if the library does not compile, if a tool fails, or if a file can't be read or written.
pub(crate) fn build(name: &str, options: Options) -> anyhow::Result<()> {
    let project = Project::read(name)?;
    let wasm = compile(&project, options)?;
    let paths = Paths::of(&project, options);
    let inputs = inputs(&project, options, &wasm)?;
    if paths.is_built_from(&inputs) && paths.has_current_hashes(&project) {
        return Ok(());
    }
    assemble(&project, options, &paths, wasm)?;
    fs::write(&paths.inputs, inputs).context("writing the hash of the inputs of the site")
}

/// The output files of a build.
struct Paths {
    site: PathBuf,
    /// The new site until it is complete, so that an interrupted build does not change the old one.
    partial: PathBuf,
    /// The hashes of the file names, read by the server.
    hashes: PathBuf,
    /// The hash of the inputs of the last build.
    inputs: PathBuf,
}

impl Paths {
    fn of(project: &Project, options: Options) -> Self {
        let binaries = Path::new(TARGET).join(if options.release { "release" } else { "debug" });
        let site = match project.site_root.file_name() {
            Some(name) if !options.release => binaries.join(name),
            _ => project.site_root.clone(),
        };
        let with_extension = |extension: &str| {
            let mut name = site.as_os_str().to_owned();
            name.push(extension);
            PathBuf::from(name)
        };
        Self {
            partial: with_extension(".partial"),
            inputs: with_extension(".stamp"),
            hashes: binaries.join("hash.txt"),
            site,
        }
    }

    fn is_built_from(&self, inputs: &str) -> bool {
        let is_same = fs::read_to_string(&self.inputs).is_ok_and(|last| last == inputs);
        is_same && self.site.is_dir()
    }

    /// Whether `hash.txt` belongs to this site: `cargo leptos watch` writes its own hashes to the same file.
    fn has_current_hashes(&self, project: &Project) -> bool {
        if !project.hash_files {
            return true;
        }
        let hashes = fs::read_to_string(&self.hashes).unwrap_or_default();
        let hash = hashes.lines().next().and_then(|line| line.strip_prefix("js: "));
        let script = |hash| self.site.join(format!("pkg/{}.{hash}.js", project.output_name));
        hash.is_some_and(|hash| script(hash).is_file())
    }
}

/// Compiles the library, and returns the WASM from the linker.
fn compile(project: &Project, options: Options) -> anyhow::Result<Vec<u8>> {
    let mut cargo = Command::new(manifest::cargo());
    cargo.args(["rustc", "--quiet", "--lib", "--no-default-features", "--target", WASM]);
    cargo.args(["--target-dir", WASM_TARGET, "--package", &project.lib_package]);
    if !project.lib_features.is_empty() {
        cargo.args(["--features", &project.lib_features.join(",")]);
    }
    let folder = if options.release {
        cargo.args(["--profile", &project.lib_profile_release]);
        &project.lib_profile_release
    } else {
        let flags = DEVELOPMENT_FLAGS.map(|flag| format!("{flag:?}")).join(",");
        cargo.args(["--config", &format!("target.{WASM}.rustflags=[{flags}]")]);
        "debug"
    };
    cargo.arg("--");
    if options.split {
        cargo.arg("-Clink-args=--emit-relocs");
    }
    if options.release {
        // Makes the compressed program of the first page 0.4 % smaller, and that of the other pages 1.6 %.
        cargo.arg("-Cllvm-args=-inline-threshold=0");
    }
    if !cargo.status().context("running cargo")?.success() {
        bail!("the WASM library does not compile");
    }
    let file = format!("{}.wasm", project.lib_package.replace('-', "_"));
    let path = Path::new(WASM_TARGET).join(WASM).join(folder).join(file);
    fs::read(&path).with_context(|| format!("reading {}", path.display()))
}

/// A hash of all inputs of a site, including this build tool.
fn inputs(project: &Project, options: Options, wasm: &[u8]) -> anyhow::Result<String> {
    let mut hash = Sha256::new();
    hash.update(format!("{project:?} {options:?}"));
    hash.update(wasm);
    hash.update(fs::read(std::env::current_exe()?)?);
    let folders =
        [project.style_file.as_deref().and_then(Path::parent), project.assets_dir.as_deref()];
    for folder in folders.into_iter().flatten() {
        for file in files_below(folder)? {
            hash.update(file.as_os_str().as_encoded_bytes());
            hash.update(fs::read(&file)?);
        }
    }
    Ok(fingerprint::text(hash))
}

fn assemble(
    project: &Project,
    options: Options,
    paths: &Paths,
    wasm: Vec<u8>,
) -> anyhow::Result<()> {
    let partial = &paths.partial;
    let package = partial.join("pkg");
    if partial.exists() {
        fs::remove_dir_all(partial)?;
    }
    fs::create_dir_all(&package).with_context(|| format!("creating {}", package.display()))?;
    if let Some(assets) = &project.assets_dir {
        for file in files_below(assets)? {
            let copy = partial.join(file.strip_prefix(assets)?);
            fs::create_dir_all(copy.parent().context("the file has no parent folder")?)?;
            fs::copy(&file, &copy).with_context(|| format!("copying {}", file.display()))?;
        }
    }
    bindgen::generate(&project.output_name, wasm, options.split, &package)?;
    if let Some(style_file) = &project.style_file {
        let bundle = package.join(format!("{}.css", project.output_name));
        fs::write(bundle, style::bundle(style_file)?)?;
    }
    if options.release {
        optimize::minimize(&package)?;
    }
    let hashes = if project.hash_files {
        Some(fingerprint::rename(&package, &project.output_name)?)
    } else {
        None
    };
    if options.release {
        optimize::compress(partial)?;
    }
    replace(paths, hashes)
}

/// Replaces the old site by the new one.
fn replace(paths: &Paths, hashes: Option<String>) -> anyhow::Result<()> {
    if paths.site.exists() {
        fs::remove_dir_all(&paths.site)?;
    }
    fs::rename(&paths.partial, &paths.site)
        .with_context(|| format!("moving the site to {}", paths.site.display()))?;
    if let Some(hashes) = hashes {
        fs::create_dir_all(paths.hashes.parent().context("the file has no parent folder")?)?;
        fs::write(&paths.hashes, hashes)
            .with_context(|| format!("writing {}", paths.hashes.display()))?;
    }
    Ok(())
}

/// All files below a folder, sorted by path.
pub(crate) fn files_below(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries =
            fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    Ok(files)
}
