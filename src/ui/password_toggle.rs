//! The button in a password field that shows what was typed.

use leptos::{ev::MouseEvent, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement};

/// The button. It follows its field.
#[component]
pub fn PasswordToggle() -> impl IntoView {
    view! {
        <button type="button" class="password-toggle" aria-pressed="false" on:click=toggle>
            <span class="visually-hidden">"Show password"</span>
            <svg viewBox="0 0 24 24" aria-hidden="true">
                <path d="M2 12c5-9 15-9 20 0c-5 9-15 9-20 0z M9 12a3 3 0 1 0 6 0a3 3 0 1 0-6 0" />
                <path class="password-hidden" d="M4 4l16 16" />
            </svg>
        </button>
    }
}

/// Shows or hides the password. The state is in the attributes alone: signals of these types would weigh more than this.
fn toggle(event: MouseEvent) {
    let button = event.current_target().and_then(|it| it.dyn_into::<Element>().ok());
    let Some(button) = button else { return };
    let field = button.previous_element_sibling();
    let Some(field) = field.and_then(|it| it.dyn_into::<HtmlInputElement>().ok()) else { return };
    let shows = field.type_() == "password";
    field.set_type(if shows { "text" } else { "password" });
    let _ = button.set_attribute("aria-pressed", if shows { "true" } else { "false" });
}
