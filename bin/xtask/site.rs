//! The site: what the server hands out as files.

use crate::{bindgen, fingerprint, manifest, manifest::Project, optimize, style};
use anyhow::{Context, bail};
use sha2::{Digest, Sha256};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Where the target directory is; the scripts set it so.
const TARGET: &str = "target";

/// The program is compiled in a target directory of its own, so that the server can be compiled at the same time:
/// cargo locks the directory. The two share nothing, because their procedural macros get other flags.
const WASM_TARGET: &str = "target/wasm";
const WASM: &str = "wasm32-unknown-unknown";

/// How the program of a development build is compiled. These are flags and not a profile, so that `cargo clippy` and
/// `cargo test` find the same procedural macros.
const DEVELOPMENT_FLAGS: [&str; 2] = ["-Copt-level=1", "-Cstrip=debuginfo"];

/// What a build is for.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Options {
    /// For production: optimised for size, minified, compressed.
    pub release: bool,
    /// The program has parts that are loaded later (`#[wasm_split]`).
    pub split: bool,
}

/// Builds the site of a project, unless it was built from the same inputs already.
///
/// # Errors
/// Fails if the program does not compile, if a tool fails, or if a file can't be read or written.
pub(crate) fn build(name: &str, options: Options) -> anyhow::Result<()> {
    let project = Project::read(name)?;
    let program = compile(&project, options)?;
    let places = Places::of(&project, options);
    let inputs = inputs(&project, options, &program)?;
    if places.is_built_from(&inputs) && places.has_names(&project) {
        return Ok(());
    }
    assemble(&project, options, &places, program)?;
    fs::write(&places.stamp, inputs).context("writing the stamp of the site")
}

/// The files of a build.
struct Places {
    /// The site, and where it is put together: a build that is interrupted leaves the old one whole.
    site: PathBuf,
    partial: PathBuf,
    /// The hashes of the file names, read by the server.
    hashes: PathBuf,
    /// What the site was built from.
    stamp: PathBuf,
}

impl Places {
    fn of(project: &Project, options: Options) -> Self {
        let binaries = Path::new(TARGET).join(if options.release { "release" } else { "debug" });
        let site = match project.site_root.file_name() {
            Some(name) if !options.release => binaries.join(name),
            _ => project.site_root.clone(),
        };
        let beside = |extension: &str| {
            let mut name = site.as_os_str().to_owned();
            name.push(extension);
            PathBuf::from(name)
        };
        Self {
            partial: beside(".partial"),
            stamp: beside(".stamp"),
            hashes: binaries.join("hash.txt"),
            site,
        }
    }

    fn is_built_from(&self, inputs: &str) -> bool {
        let is_same = fs::read_to_string(&self.stamp).is_ok_and(|stamp| stamp == inputs);
        is_same && self.site.is_dir()
    }

    /// Whether the list of hashes is that of this site: `cargo leptos watch` writes its own in the same place.
    fn has_names(&self, project: &Project) -> bool {
        if !project.hash_files {
            return true;
        }
        let hashes = fs::read_to_string(&self.hashes).unwrap_or_default();
        let hash = hashes.lines().next().and_then(|line| line.strip_prefix("js: "));
        let script = |hash| self.site.join(format!("pkg/{}.{hash}.js", project.output_name));
        hash.is_some_and(|hash| script(hash).is_file())
    }
}

/// Compiles the program, and returns the WASM that the linker wrote.
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
    if options.split {
        cargo.args(["--", "-Clink-args=--emit-relocs"]);
    }
    if !cargo.status().context("running cargo")?.success() {
        bail!("the browser's program does not compile");
    }
    let file = format!("{}.wasm", project.lib_package.replace('-', "_"));
    let path = Path::new(WASM_TARGET).join(WASM).join(folder).join(file);
    fs::read(&path).with_context(|| format!("reading {}", path.display()))
}

/// A hash of everything that a site is made of, this program included.
fn inputs(project: &Project, options: Options, program: &[u8]) -> anyhow::Result<String> {
    let mut hash = Sha256::new();
    hash.update(format!("{project:?} {options:?}"));
    hash.update(program);
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
    places: &Places,
    program: Vec<u8>,
) -> anyhow::Result<()> {
    let partial = &places.partial;
    let package = partial.join("pkg");
    if partial.exists() {
        fs::remove_dir_all(partial)?;
    }
    fs::create_dir_all(&package).with_context(|| format!("making {}", package.display()))?;
    if let Some(assets) = &project.assets_dir {
        for file in files_below(assets)? {
            let copy = partial.join(file.strip_prefix(assets)?);
            fs::create_dir_all(copy.parent().context("a file lies in a folder")?)?;
            fs::copy(&file, &copy).with_context(|| format!("copying {}", file.display()))?;
        }
    }
    bindgen::generate(&project.output_name, program, options.split, &package)?;
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
    replace(places, hashes)
}

/// Puts the new site in the place of the old one.
fn replace(places: &Places, hashes: Option<String>) -> anyhow::Result<()> {
    if places.site.exists() {
        fs::remove_dir_all(&places.site)?;
    }
    fs::rename(&places.partial, &places.site)
        .with_context(|| format!("moving the site to {}", places.site.display()))?;
    if let Some(hashes) = hashes {
        fs::create_dir_all(places.hashes.parent().context("a file lies in a folder")?)?;
        fs::write(&places.hashes, hashes)
            .with_context(|| format!("writing {}", places.hashes.display()))?;
    }
    Ok(())
}

/// The files below a folder, in a fixed order.
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
