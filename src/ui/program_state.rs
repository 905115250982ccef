//! Tells the user when the program of the page can't start, or has stopped.
//!
//! The program can't do this itself. The server renders one notice for each case into the document, hidden. A
//! script in the document, `program_state.js`, shows the notice that applies. The script and the program write
//! the state of the program into an attribute of `<html>`.

use leptos::{nonce::use_nonce, prelude::*};
use std::sync::LazyLock;

/// The id of the element that holds the app, in the document and in the program that starts there.
pub const ROOT: &str = "app";

/// The attribute of `<html>` that holds the state.
const ATTRIBUTE: &str = "data-program";

/// The attribute of `<html>` that the script sets if the app can't be hydrated.
const REBUILD: &str = "data-rebuild";

/// The parameter that the server adds to the address of a page when the browser itself has sent a form of that page.
pub const RETRY: &str = "retry";

/// The URL that people open, for those who show a link to it. The server puts it into the context of a page.
#[derive(Debug, Clone, Default)]
pub struct PublicUrl(pub String);

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
    /// It stopped after an error.
    Stopped,
    /// It stopped while it started. The script loads the page once more, and there the app is not hydrated.
    Restarting,
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
            Self::Restarting => "restarting",
        }
    }
}

/// Writes the state into the document. The panic hook calls this, so it formats nothing and can't panic.
pub fn report(state: ProgramState) {
    if let Some(root) = document_element() {
        let _ = root.set_attribute(ATTRIBUTE, state.as_str());
    }
}

/// Whether the program has started and not stopped since.
pub fn is_running() -> bool {
    let state = document_element().and_then(|root| root.get_attribute(ATTRIBUTE));
    state.as_deref() == Some(ProgramState::Running.as_str())
}

/// Whether the app has to be rendered in the browser because the server's rendering was changed or could not be
/// hydrated.
pub fn must_rebuild() -> bool {
    document_element().is_some_and(|root| root.has_attribute(REBUILD))
}

fn document_element() -> Option<web_sys::Element> {
    web_sys::window()?.document()?.document_element()
}

/// Whether the request is the redirect of a form that the browser itself has sent.
fn was_form_sent() -> bool {
    let parts = use_context::<http::request::Parts>();
    let query = parts.as_ref().and_then(|parts| parts.uri.query()).unwrap_or_default();
    query.split('&').any(|parameter| parameter == RETRY)
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

/// The notices. All are hidden, except the one about a form that the browser itself has sent.
#[component]
pub fn ProgramNotices() -> impl IntoView {
    // For a page that was opened at another address.
    let PublicUrl(public_url) = use_context().unwrap_or_default();
    view! {
        <div class="program-notices">
            <div id="not-sent" class="notice notice-warning" role="alert" hidden=!was_form_sent()>
                <p>
                    "The browser sent the form before this page could, so nothing was done with it. Please fill it \
                     in and send it again."
                </p>
            </div>
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
        use ProgramState::{Blocked, NoWebAssembly, NotLoaded, Restarting, Stopped};
        for name in [ATTRIBUTE, REBUILD, ROOT, RETRY] {
            assert!(
                SCRIPT.contains(&format!("\"{name}\"")) || SCRIPT.contains(&format!("\"#{name}\"")),
                "{name}"
            );
        }
        for state in [NoWebAssembly, Blocked, NotLoaded, Stopped, Restarting] {
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
