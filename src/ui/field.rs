//! The parts of a form: a labelled input with its error, and the submit button.

use super::{
    live_text::LiveText, login_name::TypedLoginName, password_toggle::PasswordToggle, press,
    show::ShowWhen, validation::Check,
};
use handstamp_leptos::client::use_session;
use handstamp_protocol::error::{AppError, ErrorCode, FieldError};
use leptos::{html, prelude::*};

/// A labelled input, followed by its error: what `check` says about it, or the server.
///
/// The check runs when the user leaves a field after a change. While an error is shown, it runs at every change.
#[component]
pub fn Field(
    node: NodeRef<html::Input>,
    /// The name of the field in the request.
    name: &'static str,
    /// The id of the input; defaults to the name.
    #[prop(optional)]
    id: Option<&'static str>,
    label: &'static str,
    /// The type of the input. A password has a button that shows it.
    #[prop(default = "text")]
    kind: &'static str,
    autocomplete: &'static str,
    #[prop(optional)] inputmode: Option<&'static str>,
    /// A sentence below the label.
    #[prop(optional)]
    hint: &'static str,
    #[prop(optional)] check: Option<Check>,
    /// Whether the field takes the focus when its page opens.
    #[prop(optional)]
    autofocus: bool,
    /// Whether the pages for logging in share the text ([`TypedLoginName`]).
    #[prop(optional)]
    is_login_name: bool,
    /// The error of the form.
    error: RwSignal<Option<AppError>>,
) -> impl IntoView {
    let message = Message { node, name, check, own: RwSignal::default(), form: error };
    let text = Signal::derive(move || message.text());
    let is_wrong = Signal::derive(move || (!text.get().is_empty()).to_string());
    let (is_changed, typed_name) = (RwSignal::new(false), TypedLoginName::current());
    let typed = move |event| {
        is_changed.set(true);
        if is_login_name {
            typed_name.set(event_target_value(&event));
        }
        message.update_shown();
    };
    let left = move |_| {
        if is_changed.try_update_untracked(std::mem::take) == Some(true) {
            press::after_release(move || message.run_check());
        }
    };
    let is_hydrating = use_session().is_starting();
    Effect::new(move || {
        press::watch();
        let Some(input) = node.get() else { return };
        if is_login_name {
            typed_name.fill(&input);
        }
        // The browser does it when it loads a document, and the user may be somewhere else since then.
        if autofocus && !is_hydrating {
            request_animation_frame(move || drop(input.focus()));
        }
    });
    let [is_password, has_no_hint] = [kind == "password", hint.is_empty()].map(Signal::stored);
    let id = id.unwrap_or(name);
    let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
    let described_by = format!("{hint_id} {error_id}");
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <p class="field-hint" id=hint_id hidden=has_no_hint>{hint}</p>
            <div class="field-input">
                <input
                    id=id
                    name=name
                    type=kind
                    autocomplete=autocomplete
                    inputmode=inputmode
                    autocapitalize="none"
                    spellcheck="false"
                    required
                    autofocus=autofocus
                    aria-invalid=is_wrong
                    aria-describedby=described_by
                    node_ref=node
                    on:input=typed
                    on:blur=left
                />
                <ShowWhen when=is_password>
                    <PasswordToggle />
                </ShowWhen>
            </div>
            <p class="field-error" id=error_id><LiveText text /></p>
        </div>
    }
}

/// The error of a field.
#[derive(Clone, Copy)]
struct Message {
    node: NodeRef<html::Input>,
    name: &'static str,
    check: Option<Check>,
    /// What the check says.
    own: RwSignal<String>,
    form: RwSignal<Option<AppError>>,
}

impl Message {
    fn text(self) -> String {
        let own = self.own.get();
        if own.is_empty() {
            return self
                .form
                .get()
                .and_then(|error| error.message_of(self.name))
                .unwrap_or_default();
        }
        own
    }

    fn run_check(self) {
        let input = self.node.try_get_untracked().flatten();
        if let Some((input, check)) = input.zip(self.check) {
            let _ = self.own.try_set(check(&input.value()).to_owned());
        }
    }

    /// Checks the field again if it has an error, because the user is changing it.
    fn update_shown(self) {
        if untrack(|| self.text()).is_empty() {
            return;
        }
        self.run_check();
        self.form.update(|error| {
            let Some(form) = error.as_mut() else { return };
            form.errors.retain(|of_field| of_field.field != self.name);
            if form.errors.is_empty() && form.code == ErrorCode::Validation {
                *error = None;
            }
        });
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

/// Checks the fields of a form before it is sent. Returns whether all are valid; otherwise their errors are shown and
/// the first of them has the focus.
pub fn are_valid(
    fields: &[(NodeRef<html::Input>, &'static str, Check)],
    error: RwSignal<Option<AppError>>,
) -> bool {
    let mut errors = Vec::new();
    for (node, name, check) in fields {
        let message = check(&value(*node));
        if !message.is_empty() {
            errors.push(FieldError { field: (*name).into(), message: message.into() });
        }
    }
    if errors.is_empty() {
        return true;
    }
    error.set(Some(AppError::validation(errors)));
    let names: Vec<_> = fields.iter().map(|(node, name, _)| (*node, *name)).collect();
    focus_first_error(&names, error);
    false
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
