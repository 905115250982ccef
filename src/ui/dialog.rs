//! A question before an action that can't be undone.

use super::{live_text::LiveText, notice::ErrorNotice, submission::Submission};
use leptos::{
    ev::{MouseEvent, SubmitEvent},
    html,
    prelude::*,
};
use std::time::Duration;

/// The button for the action is disabled for so long: a click is the second one of a double click, which was meant for
/// the button that opened the dialog.
const DISABLED_AFTER_OPENING: Duration = Duration::from_millis(500);

/// The state of a dialog.
#[derive(Debug, Clone, Copy)]
pub struct DialogState {
    node: NodeRef<html::Dialog>,
    /// Whether the action can be confirmed.
    is_armed: RwSignal<bool>,
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
            is_armed: RwSignal::new(false),
            is_open: RwSignal::new(false),
            submission: Submission::new(),
        }
    }

    /// Opens the dialog. The browser makes the rest of the page inert.
    pub fn open(self) {
        if let Some(node) = self.node.get_untracked().filter(|node| !node.open()) {
            self.submission.reset();
            self.is_armed.set(false);
            let arm = move || {
                let _ = self.is_armed.try_set(true);
            };
            set_timeout(arm, DISABLED_AFTER_OPENING);
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
    /// Whether the dialog has fields, which show their own errors.
    #[prop(optional)]
    has_fields: bool,
    /// Whether the fields are filled in so that the action can run.
    #[prop(into, default = Signal::stored(true))]
    is_ready: Signal<bool>,
    /// Sends `state.submission`, which closes the dialog if it succeeds.
    on_confirm: Callback<()>,
    children: Children,
) -> impl IntoView {
    let DialogState { node, is_armed, is_open, submission: Submission { busy, error, .. } } = state;
    let answer = move |submit: SubmitEvent| {
        submit.prevent_default();
        if is_armed.get_untracked() && is_ready.get_untracked() && !busy.get_untracked() {
            on_confirm.run(());
        }
    };
    // The second click of a double click would take the focus from “Cancel”.
    let keep_focus = move |press: MouseEvent| {
        if !is_armed.get_untracked() {
            press.prevent_default();
        }
    };
    let is_closed =
        Signal::derive(move || (busy.get() || !is_ready.get() || !is_armed.get()).to_string());
    let is_busy = Signal::derive(move || busy.get().to_string());
    let class = if is_danger { "button button-danger" } else { "button" };
    view! {
        <dialog class="dialog" node_ref=node aria-labelledby=id on:close=move |_| is_open.set(false) on:mousedown=keep_focus>
            <form method="post" novalidate on:submit=answer>
                <h2 id=id><LiveText text=title /></h2>
                {children()}
                <ErrorNotice error beside_fields=has_fields />
                <p class="actions">
                    <button type="button" class="button button-quiet" autofocus on:click=move |_| state.close()>"Cancel"</button>
                    <button type="submit" class=class aria-disabled=is_closed aria-busy=is_busy><LiveText text=confirm /></button>
                </p>
            </form>
        </dialog>
    }
}
