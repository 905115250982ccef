//! The deletion of the account.

use super::flag;
use crate::ui::{
    dialog::{ConfirmDialog, DialogState},
    field::{Field, focus_first_error, non_empty_value},
    reauth_gate::ReauthGate,
    reloadable::Reloadable,
    show::ShowWhen,
    typed,
    username::UsernameOfForm,
};
use handstamp_leptos::client::{self, api::delete_with, state::LogoutReason};
use handstamp_protocol::{
    error::{AppError, EndReason},
    json_api::{Account, Proof},
    types::Password,
};
use leptos::{html, prelude::*};

/// Deletes the account after a question, for which the user types the username and proves to be the user.
#[component]
pub fn DeleteAccount(account: Reloadable<Account>, gate: ReauthGate) -> impl IntoView {
    let dialog = DialogState::new();
    let form = dialog.submission;
    let nodes: [NodeRef<html::Input>; 3] = [NodeRef::new(), NodeRef::new(), NodeRef::new()];
    let [name, password, code] = nodes;
    let username = username_of(account);
    let failed = move || {
        let fields = [(name, "confirm_username"), (password, "password"), (code, "code")];
        focus_first_error(&fields, form.error);
    };
    let remove = Callback::new(move |()| {
        let is_typed = typed::value(name).to_lowercase() == username.get_untracked().to_lowercase();
        let (secret, code) = (non_empty_value(password), non_empty_value(code));
        let work = move || {
            let proof = Proof { password: secret.clone().map(Password::new), code: code.clone() };
            async move {
                if !is_typed {
                    return Err(AppError::field("confirm_username", "This is not your username."));
                }
                delete_with("/api/account", &proof).await?;
                client::discard_session(LogoutReason::Revoked(Some(EndReason::AccountDeleted)));
                Ok(())
            }
        };
        gate.run(form, work, failed);
    });
    view! {
        <section class="card card-quiet settings-card danger-zone">
            <h2>"Delete account"</h2>
            <p>"This permanently deletes your account, posts, sessions, and activity. It can't be undone."</p>
            <button type="button" class="button button-danger" on:click=move |_| dialog.open()>"Delete account"</button>
            <ConfirmDialog
                state=dialog
                id="delete-account-title"
                title=Signal::stored("Delete your account?".to_owned())
                confirm=Signal::stored("Delete permanently".to_owned())
                has_fields=true
                on_confirm=remove
            >
                <ShowWhen when=dialog.is_open>
                    <DeletionFields account dialog nodes />
                </ShowWhen>
            </ConfirmDialog>
        </section>
    }
}

/// What is lost, and the fields for the username, the password and a code.
#[component]
fn DeletionFields(
    account: Reloadable<Account>,
    dialog: DialogState,
    nodes: [NodeRef<html::Input>; 3],
) -> impl IntoView {
    let [name, password, code] = nodes;
    let error = dialog.submission.error;
    let username = username_of(account);
    let ask = Signal::derive(move || format!("To confirm, type your username: {}", username.get()));
    view! {
        <p>"This permanently deletes your account, posts, sessions, and activity. It can't be undone."</p>
        <p>{ask}</p>
        <Field node=name id="delete-username" name="confirm_username" label="Username" autocomplete="off" error />
        <ShowWhen when=flag(account, |account| account.has_password)>
            <UsernameOfForm />
            <Field
                node=password
                id="delete-password"
                name="password"
                label="Password"
                kind="password"
                autocomplete="current-password"
                error
            />
        </ShowWhen>
        <ShowWhen when=flag(account, |account| account.second_factor)>
            <Field
                node=code
                id="delete-code"
                name="code"
                label="Authentication code"
                autocomplete="one-time-code"
                hint="From your authenticator app, or a recovery code."
                error
            />
        </ShowWhen>
    }
}

fn username_of(account: Reloadable<Account>) -> Signal<String> {
    Signal::derive(move || account.value.get().map(|account| account.username).unwrap_or_default())
}
