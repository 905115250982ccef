//! The parts of a form: a labelled input with its error, and the submit button.

use super::live_text::LiveText;
use handstamp_leptos::client::use_session;
use handstamp_protocol::error::AppError;
use leptos::{html, prelude::*};

/// A labelled input, followed by the error of the field with this name.
#[component]
pub fn Field(
    node: NodeRef<html::Input>,
    /// The name of the field in the request.
    name: &'static str,
    /// The id of the input; defaults to the name.
    #[prop(optional)]
    id: Option<&'static str>,
    label: &'static str,
    /// The type of the input.
    #[prop(default = "text")]
    kind: &'static str,
    autocomplete: &'static str,
    #[prop(optional)] inputmode: Option<&'static str>,
    /// A sentence below the label.
    #[prop(optional)]
    hint: &'static str,
    /// The error of the form.
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

/// The submit button of a form. It is disabled until the page has started, and shows whether the form is being sent.
#[component]
pub fn SubmitButton(
    /// Whether the form is being sent.
    busy: RwSignal<bool>,
    label: &'static str,
    /// The label while the form is being sent.
    busy_label: &'static str,
) -> impl IntoView {
    let session = use_session();
    let is_starting = Signal::derive(move || session.is_starting());
    let is_busy = Signal::derive(move || busy.get().to_string());
    let text = Signal::derive(move || if busy.get() { busy_label } else { label }.to_owned());
    view! {
        // With this attribute Firefox does not restore the enabled state after a reload.
        <button
            class="button"
            type="submit"
            {..leptos::attr::autocomplete("off")}
            disabled=is_starting
            aria-disabled=is_busy
            aria-busy=is_busy
        >
            <LiveText text />
        </button>
    }
}

/// Moves the focus to the first of these fields that has an error, or to the last one if none has.
pub fn focus_first_error(
    fields: &[(NodeRef<html::Input>, &str)],
    error: RwSignal<Option<AppError>>,
) {
    let error = error.try_get_untracked().flatten();
    let is_wrong =
        |name: &str| error.as_ref().is_some_and(|error| error.message_of(name).is_some());
    let field = fields.iter().find(|(_, name)| is_wrong(name)).or(fields.last());
    // The user may have left the page.
    if let Some(input) = field.and_then(|(node, _)| node.try_get_untracked().flatten()) {
        let _ = input.focus();
    }
}

/// Returns the text of an input field.
pub fn value(node: NodeRef<html::Input>) -> String {
    node.get_untracked().map(|input| input.value()).unwrap_or_default()
}

/// Returns the text of an input field, or `None` if it is empty or not shown.
pub fn non_empty_value(node: NodeRef<html::Input>) -> Option<String> {
    Some(value(node)).filter(|text| !text.is_empty())
}

/// Empties an input field, unless the user has left the page.
pub fn clear(node: NodeRef<html::Input>) {
    if let Some(input) = node.try_get_untracked().flatten() {
        input.set_value("");
    }
}
