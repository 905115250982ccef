//! The button in a password field that shows what was typed.

use leptos::prelude::*;

#[component]
pub fn PasswordToggle(
    is_shown: RwSignal<bool>,
    /// The id of the field.
    id: &'static str,
) -> impl IntoView {
    let is_pressed = Signal::derive(move || is_shown.get().to_string());
    view! {
        <button
            type="button"
            class="password-toggle"
            aria-pressed=is_pressed
            aria-controls=id
            on:click=move |_| is_shown.update(|is_shown| *is_shown = !*is_shown)
        >
            <span class="visually-hidden">"Show password"</span>
            <svg viewBox="0 0 24 24" aria-hidden="true">
                <path d="M2 12c5-9 15-9 20 0c-5 9-15 9-20 0z M9 12a3 3 0 1 0 6 0a3 3 0 1 0-6 0" />
                <path class="password-hidden" d="M4 4l16 16" />
            </svg>
        </button>
    }
}
