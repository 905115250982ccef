//! Text that changes while it is shown.

use leptos::{html, prelude::*};

/// A text in its own element. Each change replaces the content of the element.
///
/// Leptos changes a text by writing into its text node. The translator of a browser replaces text nodes by its own
/// elements, so such a change would not be visible in a translated page. Replacing the content also makes the
/// translator translate the new text.
#[component]
pub fn LiveText(#[prop(into)] text: Signal<String>) -> impl IntoView {
    let node = NodeRef::<html::Span>::new();
    let rendered = text.get_untracked();
    let first = rendered.clone();
    Effect::new(move |shown: Option<String>| {
        let new = text.get();
        if *shown.as_ref().unwrap_or(&first) != new
            && let Some(node) = node.get_untracked()
        {
            node.set_text_content(Some(&new));
        }
        new
    });
    view! { <span node_ref=node>{rendered}</span> }
}
