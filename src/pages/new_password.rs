//! The field for a new password, which shows the strength of the password.

use crate::ui::{field::Field, live_text::LiveText};
use handstamp_leptos::server_functions;
use handstamp_protocol::{
    error::AppError,
    types::{Password, Strength},
};
use leptos::{html, leptos_dom::helpers::TimeoutHandle, prelude::*, task::spawn_local};
use std::time::Duration;

/// The pause after the last key press before the server checks the strength.
const DEBOUNCE: Duration = Duration::from_millis(300);

/// The field, named `password`.
#[component]
pub fn NewPasswordField(
    node: NodeRef<html::Input>,
    #[prop(default = "New password")] label: &'static str,
    /// Words of the user, such as the name: a password made of them is weak.
    #[prop(optional)]
    user_inputs: Option<Callback<(), Vec<String>>>,
    /// The strength. A form that empties the field resets it.
    #[prop(default = RwSignal::new(None))]
    strength: RwSignal<Option<Strength>>,
    /// The error of the form.
    error: RwSignal<Option<AppError>>,
) -> impl IntoView {
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let measure = move || {
        // The user may have left the page.
        let Some(input) = node.try_get_untracked().flatten() else { return };
        let typed = input.value();
        if typed.is_empty() {
            return strength.set(None);
        }
        let user_inputs = user_inputs.map(|inputs| inputs.run(())).unwrap_or_default();
        spawn_local(async move {
            let measured =
                server_functions::password_strength(Password::new(typed.clone()), user_inputs)
                    .await;
            // Ignores the result for an earlier text.
            if node.try_get_untracked().flatten().is_some_and(|input| input.value() == typed) {
                let _ = strength.try_set(measured.ok());
            }
        });
    };
    let typed = move |_| {
        let next = set_timeout_with_handle(measure, DEBOUNCE).ok();
        if let Some(before) =
            timer.try_update_value(|timer| std::mem::replace(timer, next)).flatten()
        {
            before.clear();
        }
    };
    on_cleanup(move || {
        if let Some(Some(timer)) = timer.try_get_value() {
            timer.clear();
        }
    });
    let score = Signal::derive(move || {
        strength.get().map_or(0, |strength| u32::from(strength.score) + 1).to_string()
    });
    let sentence = Signal::derive(move || strength.get().map(sentence).unwrap_or_default());
    view! {
        <div class="new-password" on:input=typed>
            <Field
                node
                name="password"
                label
                kind="password"
                autocomplete="new-password"
                hint="8 characters or more. Any characters; a phrase is best."
                error
            />
            <progress class="strength" max="5" value=score aria-hidden="true"></progress>
            <p class="field-hint" role="status"><LiveText text=sentence /></p>
        </div>
    }
}

fn sentence(strength: Strength) -> String {
    match strength.score {
        0 | 1 => strength.advice,
        2 => "Acceptable.".to_owned(),
        3 => "A good password.".to_owned(),
        _ => "A strong password.".to_owned(),
    }
}
