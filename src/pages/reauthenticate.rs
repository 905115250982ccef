//! The prompt for re-authentication.

use super::redirect::with_stay;
use crate::ui::{
    dialog::{ConfirmDialog, DialogState},
    field::{Field, focus_first_error, non_empty_value, value},
    reauth_gate::ReauthGate,
    show::ShowWhen,
    submission::Submission,
    username::UsernameOfForm,
};
use handstamp_leptos::client::api::post;
use handstamp_protocol::{json_api::Confirmation, paths, types::Password};
use leptos::{html, prelude::*};

/// Asks for the password, and for a code if the account has a second factor, while an action waits for it.
#[component]
pub fn ReauthPrompt(gate: ReauthGate) -> impl IntoView {
    let dialog = DialogState::new();
    let form = dialog.submission;
    let (password, code) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    Effect::new(move || {
        if gate.is_prompting.get() {
            dialog.open();
        } else {
            dialog.close();
        }
    });
    // The user has closed the dialog.
    Effect::new(move |was_open: Option<bool>| {
        let is_open = dialog.is_open.get();
        if was_open == Some(true) && !is_open && gate.is_prompting.get_untracked() {
            gate.cancel();
        }
        is_open
    });
    Effect::new(move || {
        if let Some(input) = password.get() {
            let _ = input.focus();
        }
    });
    let confirm = Callback::new(move |()| {
        let proof =
            Confirmation { password: Password::new(value(password)), code: non_empty_value(code) };
        let confirm = async move {
            post::<()>("/api/account/confirmation", &proof).await?;
            gate.retry();
            Ok(())
        };
        form.send(confirm, move || {
            focus_first_error(&[(password, "password"), (code, "code")], form.error)
        });
    });
    view! {
        <ConfirmDialog
            state=dialog
            id="reauth-title"
            title=Signal::stored("Confirm it's you".to_owned())
            confirm=Signal::stored("Confirm".to_owned())
            is_danger=false
            has_fields=true
            on_confirm=confirm
        >
            <ShowWhen when=dialog.is_open>
                <p>"It's been a while since you logged in. Enter your password to continue."</p>
                <UsernameOfForm />
                <Field node=password id="confirm-password" name="password" label="Your password" kind="password" autocomplete="current-password" error=form.error />
                <CodeField node=code id="confirm-code" form />
                <p class="hint"><a href=with_stay(paths::MAGIC_LINK)>"No password? Log in again with an email link."</a></p>
            </ShowWhen>
        </ConfirmDialog>
    }
}

/// The field for a code of the second factor. It appears when the server requires a code, and stays.
#[component]
pub fn CodeField(
    node: NodeRef<html::Input>,
    /// The id of the input.
    #[prop(default = "code")]
    id: &'static str,
    form: Submission,
) -> impl IntoView {
    use handstamp_protocol::error::ErrorCode::{SecondFactorInvalid, SecondFactorRequired};
    let is_wanted = Memo::new(move |before: Option<&bool>| {
        let is_required = form
            .error
            .get()
            .is_some_and(|error| matches!(error.code, SecondFactorRequired | SecondFactorInvalid));
        is_required || before.is_some_and(|before| *before)
    });
    Effect::new(move || {
        if let Some(input) = node.get() {
            let _ = input.focus();
        }
    });
    view! {
        <ShowWhen when=Signal::from(is_wanted)>
            <Field
                node
                id
                name="code"
                label="Code"
                autocomplete="one-time-code"
                hint="The 6-digit code from your authenticator app, or a recovery code."
                error=form.error
            />
        </ShowWhen>
    }
}
