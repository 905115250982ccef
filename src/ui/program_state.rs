//! Tells the user when the program of the page can't start, or has stopped.
//!
//! The program can't do this itself. The server renders one notice for each case into the document, hidden. A
//! script in the document, `program_state.js`, shows the notice that applies. The script and the program write
//! the state of the program into an attribute of `<html>`.

use leptos::{nonce::use_nonce, prelude::*};
use std::sync::LazyLock;

/// The attribute of `<html>` that holds the state.
const ATTRIBUTE: &str = "data-program";

/// The state of the program of a page. A page without one is still loading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgramState {
    /// The browser has no WebAssembly.
    NoWebAssembly,
    /// A security policy forbids WebAssembly.
    Blocked,
    /// A file of the program could not be loaded. What can be fetched again is fetched again.
    NotLoaded,
    /// It runs.
    Running,
    /// It stopped after an error. There is no way back from here.
    Stopped,
}

impl ProgramState {
    /// The value of the attribute.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoWebAssembly => "no-webassembly",
            Self::Blocked => "blocked",
            Self::NotLoaded => "not-loaded",
            Self::Running => "running",
            Self::Stopped => "stopped",
        }
    }
}

/// Writes the state into the document. The panic hook calls this, so it formats nothing and can't panic.
pub fn report(state: ProgramState) {
    let root = web_sys::window().and_then(|window| window.document()?.document_element());
    if let Some(root) = root {
        let _ = root.set_attribute(ATTRIBUTE, state.as_str());
    }
}

/// The script, without its comments.
static SCRIPT: LazyLock<String> = LazyLock::new(|| {
    let lines = include_str!("program_state.js").lines().map(str::trim);
    lines.filter(|line| !line.starts_with("//")).collect::<Vec<_>>().join("\n")
});

/// The script that shows the notices. It is a part of the document, because it has to run when no file can be
/// loaded. It stands before the scripts that load the program, and before the style sheet, for which an inline
/// script would wait.
#[component]
pub fn ProgramStateScript() -> impl IntoView {
    view! { <script nonce=use_nonce()>{SCRIPT.as_str()}</script> }
}

/// The notices, all hidden.
#[component]
pub fn ProgramNotices(
    /// The public URL of the site, for a page that was opened at another one.
    public_url: String,
) -> impl IntoView {
    view! {
        <div class="program-notices">
            <Notice when=ProgramState::NoWebAssembly>
                <p>
                    "This browser has no WebAssembly, and this page can't start without it. Lockdown Mode and \
                     similar settings turn it off. Allow it for this site, or use another browser."
                </p>
            </Notice>
            <Notice when=ProgramState::Blocked>
                <p>
                    "A security policy forbids WebAssembly on this page, so the page can't start. The policy may \
                     come from this site, from a proxy or from a browser extension."
                </p>
            </Notice>
            <Notice when=ProgramState::NotLoaded>
                <p>
                    "A file that this page needs could not be loaded, so the page can't start. Check the network, \
                     and " <a href="">"load the page again"</a> ". If that does not help, update the browser."
                </p>
            </Notice>
            <Notice when=ProgramState::Stopped>
                <p>"This page stopped after an error. Nothing on it works until it is loaded again."</p>
                <div class="actions">
                    // The router of the stopped program may still catch clicks, but none on external links.
                    <a class="button" href="" rel="external">"Load the page again"</a>
                    <form method="post" action="/auth/log_out_form">
                        <button class="button button-quiet">"Log out"</button>
                    </form>
                </div>
            </Notice>
            <div id="plain-http" class="notice notice-warning" role="alert" hidden=true>
                <p>
                    "This page was opened as " <b></b> ", where browsers keep no login. Open "
                    <a href=public_url.clone()>{public_url.clone()}</a> " instead, or serve this address over https."
                </p>
            </div>
        </div>
    }
}

/// A notice that is shown in one state.
#[component]
fn Notice(when: ProgramState, children: Children) -> impl IntoView {
    view! {
        <div class="notice notice-error" role="alert" data-when=when.as_str() hidden=true>
            {children()}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_knows_the_states_that_it_reports() {
        use ProgramState::{Blocked, NoWebAssembly, NotLoaded, Stopped};
        assert!(SCRIPT.contains(ATTRIBUTE));
        for state in [NoWebAssembly, Blocked, NotLoaded, Stopped] {
            assert!(SCRIPT.contains(&format!("report(\"{}\")", state.as_str())), "{state:?}");
        }
    }

    #[test]
    fn the_script_can_stand_in_a_document() {
        for forbidden in ["//", "</", "<!--"] {
            assert!(!SCRIPT.contains(forbidden), "{forbidden}");
        }
    }
}
