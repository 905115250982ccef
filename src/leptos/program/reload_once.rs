//! Loads a page again, at most twice, if the server does not have a file of its program.

use leptos::{nonce::use_nonce, prelude::*};
use std::sync::LazyLock;

/// The script, without its comments.
static SCRIPT: LazyLock<String> = LazyLock::new(|| {
    let lines = include_str!("reload_once.js").lines().map(str::trim);
    lines.filter(|line| !line.starts_with("//")).collect::<Vec<_>>().join("\n")
});

/// The script. It is inlined before the other scripts, because it has to run if their files can't be loaded.
#[component]
pub fn ReloadScript() -> impl IntoView {
    view! { <script nonce=use_nonce()>{SCRIPT.as_str()}</script> }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::program_state::ProgramState;

    #[test]
    fn the_script_uses_the_same_states() {
        for state in [ProgramState::NotLoaded, ProgramState::Running] {
            assert!(SCRIPT.contains(&format!("\"{}\"", state.as_str())), "{state:?}");
        }
    }

    #[test]
    fn the_script_can_be_inlined() {
        for forbidden in ["//", "</", "<!--"] {
            assert!(!SCRIPT.contains(forbidden), "{forbidden}");
        }
    }
}
