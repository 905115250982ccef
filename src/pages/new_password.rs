//! The field for a new password, with its strength while it is typed.

use crate::{
    auth::api,
    protocol::{
        error::AppError,
        types::{Password, Strength},
    },
    ui::{field::Field, live_text::LiveText},
};
use leptos::{html, leptos_dom::helpers::TimeoutHandle, prelude::*, task::spawn_local};
use std::time::Duration;

/// So long after the last key the server is asked.
const PAUSE: Duration = Duration::from_millis(300);

/// The field, named `password`.
#[component]
pub fn NewPasswordField(
    /// Where the input is kept.
    node: NodeRef<html::Input>,
    /// What the person reads.
    #[prop(default = "New password")]
    label: &'static str,
    /// The words that belong to the person: a password made of them is weak.
    #[prop(optional)]
    own: Option<Callback<(), Vec<String>>>,
    /// How strong it is; whoever empties the field forgets it.
    #[prop(default = RwSignal::new(None))]
    strength: RwSignal<Option<Strength>>,
    /// The error of the whole form.
    error: RwSignal<Option<AppError>>,
) -> impl IntoView {
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let measure = move || {
        // The page may be gone by now.
        let Some(input) = node.try_get_untracked().flatten() else { return };
        let typed = input.value();
        if typed.is_empty() {
            return strength.set(None);
        }
        let own = own.map(|own| own.run(())).unwrap_or_default();
        spawn_local(async move {
            let measured = api::password_strength(Password::new(typed.clone()), own).await;
            // An answer to what stood there before says nothing.
            if node.try_get_untracked().flatten().is_some_and(|input| input.value() == typed) {
                let _ = strength.try_set(measured.ok());
            }
        });
    };
    let typed = move |_| {
        let next = set_timeout_with_handle(measure, PAUSE).ok();
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
    let words = Signal::derive(move || strength.get().map(words).unwrap_or_default());
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
            <p class="field-hint" role="status"><LiveText text=words /></p>
        </div>
    }
}

fn words(strength: Strength) -> String {
    match strength.score {
        0 | 1 => strength.advice,
        2 => "Strong enough, and not more.".to_owned(),
        3 => "A good password.".to_owned(),
        _ => "A strong password.".to_owned(),
    }
}
