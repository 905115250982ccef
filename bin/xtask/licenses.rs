//! Checks that the licence of every dependency is allowed by `[workspace.metadata.licenses]`.

use crate::manifest;
use anyhow::{Context, bail};
use serde_json::Value;
use spdx::{Expression, LicenseReq, ParseMode};

/// Checks all dependencies on the target platforms of the project.
///
/// # Errors
/// Fails with a line for each dependency without an allowed licence.
pub(crate) fn check() -> anyhow::Result<()> {
    let metadata = manifest::metadata(&[
        "--locked",
        "--filter-platform=x86_64-unknown-linux-gnu",
        "--filter-platform=wasm32-unknown-unknown",
    ])?;
    let allowed = metadata["metadata"]["licenses"]["allow"].as_array();
    let allowed =
        allowed.context("the manifest has no `allow` list in [workspace.metadata.licenses]")?;
    let allowed: Vec<_> = allowed.iter().filter_map(Value::as_str).collect();
    // `packages` also contains those of other platforms, which are not nodes of the graph.
    let nodes =
        metadata["resolve"]["nodes"].as_array().context("cargo metadata lists no dependencies")?;
    let is_used = |package: &&Value| nodes.iter().any(|node| node["id"] == package["id"]);
    let packages = metadata["packages"].as_array().into_iter().flatten().filter(is_used);
    let violations: Vec<_> = packages.filter_map(|package| violation(package, &allowed)).collect();
    if !violations.is_empty() {
        bail!("licences that are not allowed:\n{}", violations.join("\n"));
    }
    Ok(())
}

fn violation(package: &Value, allowed: &[&str]) -> Option<String> {
    let license = package["license"].as_str().unwrap_or_default();
    let is_allowed = |required: &LicenseReq| allowed.contains(&required.to_string().as_str());
    let is_accepted = Expression::parse_mode(license, ParseMode::LAX)
        .is_ok_and(|expression| expression.evaluate(is_allowed));
    (!is_accepted).then(|| format!("  {} {}: {license:?}", package["name"], package["version"]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_dependency_needs_an_allowed_license() {
        let is_rejected = |license: Value| {
            let package = json!({"name": "x", "version": "1.0.0", "license": license});
            violation(&package, &["MIT", "Apache-2.0 WITH LLVM-exception"]).is_some()
        };
        for good in
            ["MIT", "MIT OR GPL-3.0-only", "MIT/Apache-2.0", "Apache-2.0 WITH LLVM-exception"]
        {
            assert!(!is_rejected(json!(good)), "{good}");
        }
        for bad in [
            json!("GPL-3.0-only"),
            json!("MIT AND GPL-3.0-only"),
            json!("Apache-2.0"),
            json!(null),
            json!("?"),
        ] {
            assert!(is_rejected(bad.clone()), "{bad}");
        }
    }
}
