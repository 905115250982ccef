//! A question before an action that can't be undone.

use super::{live_text::LiveText, notice::ErrorNotice, submission::Submission};
use handstamp_leptos::client;
use leptos::{ev::SubmitEvent, html, prelude::*};

/// An answer within so many milliseconds is ignored: it is the second click of a double click, which was meant for the
/// button that opened the dialog.
const IGNORED_AFTER_OPENING: f64 = 600.0;

/// The state of a dialog.
#[derive(Debug, Clone, Copy)]
pub struct DialogState {
    node: NodeRef<html::Dialog>,
    opened_at: StoredValue<f64>,
    /// Whether it is open.
    pub is_open: RwSignal<bool>,
    /// The action.
    pub submission: Submission,
}

impl DialogState {
    /// Returns a closed dialog.
    pub fn new() -> Self {
        Self {
            node: NodeRef::new(),
            opened_at: StoredValue::new(0.0),
            is_open: RwSignal::new(false),
            submission: Submission::new(),
        }
    }

    /// Opens the dialog. The browser makes the rest of the page inert.
    pub fn open(self) {
        if let Some(node) = self.node.get_untracked().filter(|node| !node.open()) {
            self.submission.reset();
            self.opened_at.set_value(client::now());
            self.is_open.set(true);
            let _ = node.show_modal();
        }
    }

    /// Closes the dialog. The browser returns the focus to the element that had it before.
    pub fn close(self) {
        if let Some(node) = self.node.try_get_untracked().flatten() {
            node.close();
        }
    }
}

impl Default for DialogState {
    fn default() -> Self {
        Self::new()
    }
}

/// A modal dialog: a title, what the user loses and any fields (`children`), “Cancel”, and the button for the action.
/// The focus starts on “Cancel”, or on a field with `autofocus`. The Escape key cancels.
#[component]
pub fn ConfirmDialog(
    state: DialogState,
    /// The id of the title; unique in the page.
    id: &'static str,
    #[prop(into)] title: Signal<String>,
    /// The label of the button for the action.
    #[prop(into)]
    confirm: Signal<String>,
    /// Whether the action destroys something.
    #[prop(default = true)]
    is_danger: bool,
    /// Whether the fields are filled in so that the action can run.
    #[prop(into, default = Signal::stored(true))]
    is_ready: Signal<bool>,
    /// Sends `state.submission`, which closes the dialog if it succeeds.
    on_confirm: Callback<()>,
    children: Children,
) -> impl IntoView {
    let DialogState { node, opened_at, is_open, submission: Submission { busy, error, .. } } =
        state;
    let answer = move |submit: SubmitEvent| {
        submit.prevent_default();
        let is_early = client::now() - opened_at.get_value() < IGNORED_AFTER_OPENING;
        if !is_early && is_ready.get_untracked() && !busy.get_untracked() {
            on_confirm.run(());
        }
    };
    let is_closed = Signal::derive(move || (busy.get() || !is_ready.get()).to_string());
    let is_busy = Signal::derive(move || busy.get().to_string());
    let class = if is_danger { "button button-danger" } else { "button" };
    view! {
        <dialog class="dialog" node_ref=node aria-labelledby=id on:close=move |_| is_open.set(false)>
            <form novalidate on:submit=answer>
                <h2 id=id><LiveText text=title /></h2>
                {children()}
                <ErrorNotice error />
                <p class="actions">
                    <button type="button" class="button button-quiet" autofocus on:click=move |_| state.close()>"Cancel"</button>
                    <button type="submit" class=class aria-disabled=is_closed aria-busy=is_busy><LiveText text=confirm /></button>
                </p>
            </form>
        </dialog>
    }
}
