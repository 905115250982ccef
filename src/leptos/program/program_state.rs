//! Tells the user if the program of the page can't start, or has stopped.
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

/// The query parameter that the server adds to the URL of a page when it redirects a form that the browser has sent
/// before the program of the page ran.
pub const RETRY: &str = "retry";

/// The public URL of the site. The server provides it to a page as context.
#[derive(Debug, Clone, Default)]
pub struct PublicUrl(pub String);

/// The state of the program of a page. A page without one is still loading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgramState {
    /// The browser has no WebAssembly.
    NoWebAssembly,
    /// A security policy forbids WebAssembly.
    Blocked,
    /// A file of the program could not be loaded. Files that can be fetched again are retried.
    NotLoaded,
    /// The program runs.
    Running,
    /// The program stopped after an error.
    Stopped,
    /// The program stopped while it was starting. The script reloads the page once, without hydration.
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

/// Writes the state into the document. The panic hook calls this, so it neither formats nor panics.
pub fn report(state: ProgramState) {
    if let Some(root) = document_element() {
        let _ = root.set_attribute(ATTRIBUTE, state.as_str());
    }
}

/// Returns whether the program has started and has not stopped.
pub fn is_running() -> bool {
    let state = document_element().and_then(|root| root.get_attribute(ATTRIBUTE));
    state.as_deref() == Some(ProgramState::Running.as_str())
}

/// Returns whether the app has to be rendered in the browser, because the server's rendering was changed or could not
/// be hydrated.
pub fn must_rebuild() -> bool {
    document_element().is_some_and(|root| root.has_attribute(REBUILD))
}

fn document_element() -> Option<web_sys::Element> {
    web_sys::window()?.document()?.document_element()
}

/// Returns whether the request follows the redirect of a form that the browser has sent ([`RETRY`]).
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

/// The script that shows the notices. It is inlined, because it has to run if no file can be loaded. It precedes the
/// scripts that load the program, and the style sheet, for which an inline script would wait.
#[component]
pub fn ProgramStateScript() -> impl IntoView {
    view! { <script nonce=use_nonce()>{SCRIPT.as_str()}</script> }
}

/// The notices. All are hidden, except the one about a form that the browser has sent.
#[component]
pub fn ProgramNotices() -> impl IntoView {
    // For the notice on plain http.
    let PublicUrl(public_url) = use_context().unwrap_or_default();
    view! {
        <div class="program-notices">
            <div id="not-sent" class="notice notice-warning" role="alert" hidden=!was_form_sent()>
                <p>
                    "The form was sent before this page was ready, so nothing happened. Please fill it in and send \
                     it again."
                </p>
            </div>
            <Notice when=ProgramState::NoWebAssembly>
                <p>
                    "This page needs WebAssembly, and your browser doesn't have it. Lockdown Mode and similar \
                     settings turn it off. Allow it for this site, or use another browser."
                </p>
            </Notice>
            <Notice when=ProgramState::Blocked>
                <p>
                    "This page can't start, because a security policy blocks WebAssembly. The policy may come from \
                     this site, a proxy, or a browser extension."
                </p>
            </Notice>
            <Notice when=ProgramState::NotLoaded>
                <p>
                    "This page can't start, because one of its files couldn't be loaded. Check your network and "
                    <a href="">"reload the page"</a> ". If that doesn't help, update your browser."
                </p>
            </Notice>
            <Notice when=ProgramState::Stopped>
                <p>"This page stopped after an error. Reload it to continue."</p>
                <div class="actions">
                    // The router of the stopped program may still handle clicks, except those on external links.
                    <a class="button" href="" rel="external">"Reload the page"</a>
                    <form method="post" action="/auth/log_out_form">
                        <button class="button button-quiet">"Log out"</button>
                    </form>
                </div>
            </Notice>
            <div id="plain-http" class="notice notice-warning" role="alert" hidden=true>
                <p>
                    "You opened this page as " <b></b> ", where browsers save no login. Open "
                    <a href=public_url.clone()>{public_url.clone()}</a> " instead, or serve this address over https."
                </p>
            </div>
        </div>
    }
}

/// A notice for one state.
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
    fn the_script_uses_the_same_names_and_states() {
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
    fn the_script_can_be_inlined() {
        for forbidden in ["//", "</", "<!--"] {
            assert!(!SCRIPT.contains(forbidden), "{forbidden}");
        }
    }
}
