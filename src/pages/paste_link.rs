//! Opens a pasted e-mail link, because a link that logs in works only in the browser that requested it. A mail
//! program may open another browser, and a private tab or a window without an address bar can't be reached otherwise.

use crate::ui::{
    field::{Field, SubmitButton, focus_first_error},
    notice::ErrorNotice,
    typed,
};
use handstamp_protocol::{error::AppError, paths};
use leptos::{ev::SubmitEvent, html, prelude::*};
use leptos_router::hooks::use_navigate;

/// A field for the link, and a button that opens its page.
#[component]
pub fn PasteLink(
    /// Whether the field is open. A click opens it too.
    #[prop(into)]
    open: Signal<bool>,
) -> impl IntoView {
    let link = NodeRef::<html::Input>::new();
    let error = RwSignal::new(None::<AppError>);
    let busy = RwSignal::new(false);
    let navigate = use_navigate();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let origin = window().location().origin().unwrap_or_default();
        match path_of_link(&typed::value(link), &origin) {
            Some(path) => navigate(&path, Default::default()),
            None => {
                error.set(Some(AppError::field("link", NOT_A_LINK)));
                focus_first_error(&[(link, "link")], error);
            }
        }
    };
    view! {
        <details class="paste-link" open=open>
            <summary>"Does the link open somewhere else?"</summary>
            <p class="hint">"Copy it from the email and paste it here."</p>
            <form method="post" on:submit=submit novalidate>
                <ErrorNotice error beside_fields=true />
                <Field node=link name="link" label="Link" kind="url" autocomplete="off" error />
                <SubmitButton busy label="Open link" busy_label="Opening…" />
            </form>
        </details>
    }
}

const NOT_A_LINK: &str =
    "This is not a link of this site. Copy the whole link, from https:// to the end.";

/// Returns the path of a link that this site sends, such as `/magic/hsm_…`, or `None` for links to other origins or
/// pages. `origin` is the origin of the page.
fn path_of_link(text: &str, origin: &str) -> Option<String> {
    let text = typed::tidy(text).trim_matches(['<', '>', '"', '\'']);
    let start = text.get(..origin.len())?;
    let path = text.get(origin.len()..)?.split(['?', '#']).next()?;
    let (page, token) = [paths::MAGIC_LINK, paths::RESET_PASSWORD, paths::CONFIRM_EMAIL]
        .into_iter()
        .find_map(|page| Some((page, path.strip_prefix(page)?.strip_prefix('/')?)))?;
    let token = token.trim_end_matches(['/', '.', ',', ';', ')']);
    let is_token_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let is_ours =
        start.eq_ignore_ascii_case(origin) && !token.is_empty() && token.bytes().all(is_token_byte);
    is_ours.then(|| format!("{page}/{token}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "https://handstamp.example";

    #[test]
    fn links_of_this_site_are_recognised_with_copied_extras() {
        for link in [
            "https://handstamp.example/magic/hsm_a-b_1",
            " \u{200b}<https://handstamp.example/magic/hsm_a-b_1>\n",
            "HTTPS://Handstamp.Example/magic/hsm_a-b_1.",
            "https://handstamp.example/magic/hsm_a-b_1/?utm=mail#top",
        ] {
            assert_eq!(path_of_link(link, ORIGIN).as_deref(), Some("/magic/hsm_a-b_1"), "{link:?}");
        }
        assert_eq!(
            path_of_link("http://localhost:3000/reset/hsm_1", "http://localhost:3000").as_deref(),
            Some("/reset/hsm_1")
        );
    }

    #[test]
    fn other_texts_are_rejected() {
        for text in [
            "",
            "hsm_a",
            "/magic/hsm_a",
            "https://evil.example/magic/hsm_a",
            "https://handstamp.example.evil/magic/hsm_a",
            "https://handstamp.example@evil.example/magic/hsm_a",
            "http://handstamp.example/magic/hsm_a",
            "https://handstamp.example//magic/hsm_a",
            "https://handstamp.example/magic/",
            "https://handstamp.example/magic/../account",
            "https://handstamp.example/login?next=/magic/hsm_a",
            "https://handstamp.example/account/x",
            "javascript:alert(1)",
            "späße und mehr als fünfundzwanzig Bytes",
        ] {
            assert_eq!(path_of_link(text, ORIGIN), None, "{text:?}");
        }
    }
}
