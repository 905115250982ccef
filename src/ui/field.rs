//! The parts of a form: a labelled input with its error beside it, and the button that sends it.

use super::live_text::LiveText;
use crate::{auth::client::use_session, protocol::error::AppError};
use leptos::{html, prelude::*};

/// A labelled input. The error of the field of this name stands below it.
#[component]
pub fn Field(
    /// Where the input is kept, to read and to focus it.
    node: NodeRef<html::Input>,
    /// The name of the field in the request.
    name: &'static str,
    /// What it is called in the page, where the name stands there already.
    #[prop(optional)]
    id: Option<&'static str>,
    /// What the person reads.
    label: &'static str,
    /// The type of the input.
    #[prop(default = "text")]
    kind: &'static str,
    /// What password managers go by.
    autocomplete: &'static str,
    /// The keyboard that a phone shows; the usual one without it.
    #[prop(optional)]
    inputmode: Option<&'static str>,
    /// A sentence below the label.
    #[prop(optional)]
    hint: &'static str,
    /// The error of the whole form.
    error: RwSignal<Option<AppError>>,
) -> impl IntoView {
    let message = Signal::derive(move || {
        error.get().and_then(|error| error.message_of(name)).unwrap_or_default()
    });
    let is_wrong = Signal::derive(move || (!message.get().is_empty()).to_string());
    let id = id.unwrap_or(name);
    let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
    let described_by = format!("{hint_id} {error_id}");
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <p class="field-hint" id=hint_id hidden=hint.is_empty()>{hint}</p>
            <input
                id=id
                name=name
                type=kind
                autocomplete=autocomplete
                inputmode=inputmode
                autocapitalize="none"
                spellcheck="false"
                required
                aria-invalid=is_wrong
                aria-describedby=described_by
                node_ref=node
            />
            <p class="field-error" id=error_id><LiveText text=message /></p>
        </div>
    }
}

/// The button that sends a form. It waits until the page is awake, and shows work in progress.
#[component]
pub fn SubmitButton(
    /// Whether the form is on its way.
    busy: RwSignal<bool>,
    /// The text at rest.
    label: &'static str,
    /// The text while the form is on its way.
    busy_label: &'static str,
) -> impl IntoView {
    let session = use_session();
    let asleep = Signal::derive(move || session.is_starting());
    let is_busy = Signal::derive(move || busy.get().to_string());
    let text = Signal::derive(move || if busy.get() { busy_label } else { label }.to_owned());
    view! {
        // With this attribute Firefox does not restore after a reload that the button was enabled.
        <button
            class="button"
            type="submit"
            {..leptos::attr::autocomplete("off")}
            disabled=asleep
            aria-disabled=is_busy
            aria-busy=is_busy
        >
            <LiveText text />
        </button>
    }
}

/// Moves the focus to the first of these fields that has an error, or to the last one where none has.
pub fn focus_first_error(
    fields: &[(NodeRef<html::Input>, &str)],
    error: RwSignal<Option<AppError>>,
) {
    let error = error.try_get_untracked().flatten();
    let is_wrong =
        |name: &str| error.as_ref().is_some_and(|error| error.message_of(name).is_some());
    let field = fields.iter().find(|(_, name)| is_wrong(name)).or(fields.last());
    // The page may be gone by now.
    if let Some(input) = field.and_then(|(node, _)| node.try_get_untracked().flatten()) {
        let _ = input.focus();
    }
}

/// What stands in an input field.
pub fn value(node: NodeRef<html::Input>) -> String {
    node.get_untracked().map(|input| input.value()).unwrap_or_default()
}
