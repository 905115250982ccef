//! Enters the link of a letter by hand, for windows without an address bar and for private tabs: the link works
//! only in the browser that asked for it, and a mail program may open another one.

use crate::{
    protocol::error::AppError,
    ui::{
        field::{Field, SubmitButton, focus_first_error},
        notice::ErrorNotice,
        typed,
    },
};
use leptos::{ev::SubmitEvent, html, prelude::*};
use leptos_router::hooks::use_navigate;

/// The field for the link, which opens the page that the link leads to.
#[component]
pub fn PasteLink(
    /// Whether the field is open; a click opens it too.
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
        <details class="paste" open=open>
            <summary>"Does the link open somewhere else?"</summary>
            <p class="hint">"Copy it from the letter, and paste it here."</p>
            <form method="post" on:submit=submit novalidate>
                <ErrorNotice error beside_fields=true />
                <Field node=link name="link" label="The link" kind="url" autocomplete="off" error />
                <SubmitButton busy label="Open the link" busy_label="Opening…" />
            </form>
        </details>
    }
}

const NOT_A_LINK: &str =
    "This is not a link of this site. Copy all of it, from https:// to the end.";

/// Returns the path of a link that this site sends, such as `/magic/hsm_…`. `origin` is that of the page. Links of
/// other origins and to other pages give nothing.
fn path_of_link(text: &str, origin: &str) -> Option<String> {
    let text = typed::tidy(text).trim_matches(['<', '>', '"', '\'']);
    let start = text.get(..origin.len())?;
    let path = text.get(origin.len()..)?.split(['?', '#']).next()?;
    let (page, token) = path.strip_prefix('/')?.split_once('/')?;
    let token = token.trim_end_matches(['/', '.', ',', ';', ')']);
    let is_token_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let is_ours = start.eq_ignore_ascii_case(origin)
        && matches!(page, "magic" | "reset" | "confirm")
        && !token.is_empty()
        && token.bytes().all(is_token_byte);
    is_ours.then(|| format!("/{page}/{token}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "https://handstamp.example";

    #[test]
    fn a_link_of_this_site_is_found_however_it_was_copied() {
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
    fn nothing_else_is_opened() {
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
