//! The logout on all devices.

use crate::ui::dialog::{ConfirmDialog, DialogState};
use handstamp_leptos::{client, server_functions};
use leptos::prelude::*;

/// Logs out on all devices after a question.
#[component]
pub fn LogOutEverywhere() -> impl IntoView {
    let dialog = DialogState::new();
    let log_out = Callback::new(move |()| {
        let work =
            async move { client::log_out_everywhere(server_functions::log_out_everywhere()).await };
        dialog.submission.send(work, || ());
    });
    view! {
        <section class="card card-quiet danger-zone">
            <h2>"Log out everywhere"</h2>
            <p>"Logs you out on all devices, including this one. Takes effect immediately."</p>
            <button type="button" class="button button-danger" on:click=move |_| dialog.open()>"Log out everywhere"</button>
            <ConfirmDialog
                state=dialog
                id="log-out-everywhere-title"
                title=Signal::stored("Log out everywhere?".to_owned())
                confirm=Signal::stored("Log out everywhere".to_owned())
                on_confirm=log_out
            >
                <p>"You will be logged out on all devices, including this one, and have to log in again on each of them. Email changes that are not confirmed yet are cancelled."</p>
            </ConfirmDialog>
        </section>
    }
}
