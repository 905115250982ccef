//! The field for a new password, with the rules for it and its strength.

use crate::ui::{field::Field, live_text::LiveText, press, validation};
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
    #[prop(optional)] autofocus: bool,
    /// The error of the form.
    error: RwSignal<Option<AppError>>,
) -> impl IntoView {
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let is_long_enough = RwSignal::new(false);
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
            press::after_release(move || {
                // Ignores the result for an earlier text.
                if node.try_get_untracked().flatten().is_some_and(|input| input.value() == typed) {
                    let _ = strength.try_set(measured.ok());
                }
            });
        });
    };
    let typed = move |_| {
        let length = node.get_untracked().map_or(0, |input| input.value().chars().count());
        is_long_enough.set(length >= validation::MIN_PASSWORD_LENGTH);
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
    // A form that succeeds empties the field and resets the strength.
    Effect::new(move |had_strength: Option<bool>| {
        let has_strength = strength.with(Option::is_some);
        if had_strength == Some(true) && !has_strength {
            is_long_enough.set(false);
        }
        has_strength
    });
    view! {
        <div class="new-password" on:input=typed>
            <Field
                node
                name="password"
                label
                kind="password"
                autocomplete="new-password"
                hint="A short phrase works best."
                check=validation::new_password
                autofocus
                error
            />
            <Rules strength is_long_enough error />
        </div>
    }
}

/// The strength, and the rules, which are ticked off one by one.
#[component]
fn Rules(
    strength: RwSignal<Option<Strength>>,
    is_long_enough: RwSignal<bool>,
    error: RwSignal<Option<AppError>>,
) -> impl IntoView {
    let score = Signal::derive(move || {
        strength.get().map_or(0, |strength| u32::from(strength.score) + 1).to_string()
    });
    let sentence = Signal::derive(move || match (strength.get(), error.get()) {
        // The error says the same.
        (_, Some(error)) if error.message_of("password").is_some() => String::new(),
        (Some(strength), _) => sentence(strength),
        _ => String::new(),
    });
    let of_strength = move |is_met: fn(&Strength) -> Option<bool>| {
        Signal::derive(move || rule_class(strength.get().as_ref().and_then(is_met)))
    };
    let length = Signal::derive(move || rule_class(is_long_enough.get().then_some(true)));
    view! {
        <progress class="strength" max="5" value=score aria-hidden="true"></progress>
        <ul class="rules" aria-label="Rules">
            <li class=length>"At least 8 characters"</li>
            <li class=of_strength(|it| Some(!it.is_personal))>"Not your name or email"</li>
            <li class=of_strength(is_uncommon)>"Not common or easy to guess"</li>
        </ul>
        <p class="field-hint" role="status"><LiveText text=sentence /></p>
    }
}

/// Whether the password is hard enough to guess; unknown for one that is made of the user's name.
fn is_uncommon(strength: &Strength) -> Option<bool> {
    (!strength.is_personal).then_some(strength.score >= Strength::ENOUGH)
}

/// Returns the class of a rule: met, broken or not known.
fn rule_class(is_met: Option<bool>) -> String {
    match is_met {
        None => "rule",
        Some(true) => "rule rule-met",
        Some(false) => "rule rule-broken",
    }
    .to_owned()
}

fn sentence(strength: Strength) -> String {
    match strength.score {
        0 | 1 => strength.advice,
        2 => "OK, could be stronger.".to_owned(),
        3 => "Good.".to_owned(),
        _ => "Strong.".to_owned(),
    }
}
