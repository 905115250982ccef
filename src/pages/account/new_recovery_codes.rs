//! The recovery codes right after they are generated. The server stores only their hashes.

use crate::ui::{
    clipboard::{copy, save},
    live_text::LiveText,
};
use leptos::prelude::*;

/// Shows the codes until the user has saved them: copies, downloads or prints them.
#[component]
pub fn NewRecoveryCodes(codes: RwSignal<Vec<String>>) -> impl IntoView {
    let status = RwSignal::new(String::new());
    let text = move || {
        let lines = codes.get_untracked().join("\n");
        format!("Handstamp recovery codes. Each works once.\n\n{lines}\n")
    };
    let print = move |_| drop(window().print());
    view! {
        <div class="notice recovery" role="status">
            <p>"Save these recovery codes. Each works once if you lose your phone. You won't see them again."</p>
            <ul class="recovery-codes" aria-label="Recovery codes">
                <For each=move || codes.get() key=String::clone let:code>
                    <li><code translate="no">{code}</code></li>
                </For>
            </ul>
            <p class="actions">
                <button type="button" class="button button-quiet button-small" on:click=move |_| copy(text(), status)>"Copy"</button>
                <button
                    type="button"
                    class="button button-quiet button-small"
                    on:click=move |_| save("handstamp-recovery-codes.txt", &text())
                >
                    "Download"
                </button>
                <button type="button" class="button button-quiet button-small" on:click=print>"Print"</button>
                <button type="button" class="button button-small" on:click=move |_| codes.set(Vec::new())>"I've saved them"</button>
            </p>
            <p class="hint"><LiveText text=status /></p>
        </div>
    }
}
