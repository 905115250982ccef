//! The prompt for re-authentication.

use super::redirect::with_stay;
use crate::ui::{
    field::{Field, SubmitButton, focus_first_error, non_empty_value, value},
    notice::ErrorNotice,
    reauth_gate::ReauthGate,
    show::ShowWhen,
    submission::Submission,
    username::UsernameOfForm,
};
use handstamp_leptos::client::api::post;
use handstamp_protocol::{json_api::Confirmation, paths, types::Password};
use leptos::{ev::SubmitEvent, html, prelude::*};

/// Asks for the password, and for a code if the account has a second factor, while an action waits for it.
#[component]
pub fn ReauthPrompt(gate: ReauthGate) -> impl IntoView {
    view! {
        <ShowWhen when=gate.is_prompting>
            <ReauthForm gate />
        </ShowWhen>
    }
}

#[component]
fn ReauthForm(gate: ReauthGate) -> impl IntoView {
    let (password, code) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let form = Submission::new();
    Effect::new(move || {
        gate.prompts.track();
        if let Some(input) = password.get() {
            let _ = input.focus();
        }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
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
    };
    view! {
        <form class="card reauth-form" method="post" on:submit=submit novalidate aria-label="Confirm that it is you">
            <h2>"Is it you?"</h2>
            <p>"You logged in a while ago. Please confirm that it is you to continue."</p>
            <ErrorNotice error=form.error beside_fields=true />
            <UsernameOfForm />
            <Field node=password id="confirm-password" name="password" label="Your password" kind="password" autocomplete="current-password" error=form.error />
            <CodeField node=code id="confirm-code" form />
            <p class="actions">
                <SubmitButton busy=form.busy label="Confirm" busy_label="Checking…" />
                <button type="button" class="button button-quiet" on:click=move |_| gate.cancel()>"Not now"</button>
            </p>
            <p class="hint">"No password? " <a href=with_stay(paths::MAGIC_LINK)>"Log in again with a link"</a> ": that counts too."</p>
        </form>
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
