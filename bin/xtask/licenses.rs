//! Whether every dependency has a licence that may be in the product: `[workspace.metadata.licenses]`.

use crate::manifest;
use anyhow::{Context, bail};
use serde_json::Value;
use spdx::{Expression, LicenseReq, ParseMode};

/// Checks all dependencies of the platforms that the project is built for.
///
/// # Errors
/// Fails with a line for each dependency that has no licence, or none that is allowed.
pub(crate) fn check() -> anyhow::Result<()> {
    let metadata = manifest::metadata(&[
        "--locked",
        "--filter-platform=x86_64-unknown-linux-gnu",
        "--filter-platform=wasm32-unknown-unknown",
    ])?;
    let allowed = metadata["metadata"]["licenses"]["allow"].as_array();
    let allowed =
        allowed.context("the manifest has no list [workspace.metadata.licenses] allow")?;
    let allowed: Vec<_> = allowed.iter().filter_map(Value::as_str).collect();
    // Packages of other platforms are listed too, but are no nodes of the graph.
    let nodes =
        metadata["resolve"]["nodes"].as_array().context("cargo metadata names no dependencies")?;
    let is_used = |package: &&Value| nodes.iter().any(|node| node["id"] == package["id"]);
    let packages = metadata["packages"].as_array().into_iter().flatten().filter(is_used);
    let refused: Vec<_> = packages.filter_map(|package| refusal(package, &allowed)).collect();
    if !refused.is_empty() {
        bail!("licences that are not allowed:\n{}", refused.join("\n"));
    }
    Ok(())
}

fn refusal(package: &Value, allowed: &[&str]) -> Option<String> {
    let license = package["license"].as_str().unwrap_or_default();
    let is_allowed = |required: &LicenseReq| allowed.contains(&required.to_string().as_str());
    let is_good = Expression::parse_mode(license, ParseMode::LAX)
        .is_ok_and(|expression| expression.evaluate(is_allowed));
    (!is_good).then(|| format!("  {} {}: {license:?}", package["name"], package["version"]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_dependency_needs_an_allowed_license() {
        let is_refused = |license: Value| {
            let package = json!({"name": "x", "version": "1.0.0", "license": license});
            refusal(&package, &["MIT", "Apache-2.0 WITH LLVM-exception"]).is_some()
        };
        for good in
            ["MIT", "MIT OR GPL-3.0-only", "MIT/Apache-2.0", "Apache-2.0 WITH LLVM-exception"]
        {
            assert!(!is_refused(json!(good)), "{good}");
        }
        for bad in [
            json!("GPL-3.0-only"),
            json!("MIT AND GPL-3.0-only"),
            json!("Apache-2.0"),
            json!(null),
            json!("?"),
        ] {
            assert!(is_refused(bad.clone()), "{bad}");
        }
    }
}
