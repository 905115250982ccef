//! The panel in which a person shows once more who they are.

use crate::{
    auth::client::api::post,
    protocol::{json_api::Confirmation, types::Password},
    ui::{
        field::{Field, SubmitButton, focus_first_error, value},
        notice::ErrorNotice,
        reauth_gate::Gate,
        show::Shown,
        submission::Submission,
        username::UsernameOfForm,
    },
};
use leptos::{ev::SubmitEvent, html, prelude::*};

/// Asks for the password, and for a code where there is a second factor, while the gate is shut.
#[component]
pub fn ConfirmFirst(
    /// What waits for it.
    gate: Gate,
) -> impl IntoView {
    view! {
        <Shown when=gate.is_shut>
            <ConfirmForm gate />
        </Shown>
    }
}

#[component]
fn ConfirmForm(gate: Gate) -> impl IntoView {
    let (password, code) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let form = Submission::new();
    Effect::new(move || {
        gate.asked.track();
        if let Some(input) = password.get() {
            let _ = input.focus();
        }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let shown = Confirmation {
            password: Password::new(value(password)),
            code: Some(value(code)).filter(|code| !code.is_empty()),
        };
        let confirm = async move {
            post::<()>("/api/account/confirmation", &shown).await?;
            gate.open();
            Ok(())
        };
        form.send(confirm, move || {
            focus_first_error(&[(password, "password"), (code, "code")], form.error)
        });
    };
    view! {
        <form class="card confirm" method="post" on:submit=submit novalidate aria-label="Confirm that it is you">
            <h2>"Is it you?"</h2>
            <p>"You logged in a while ago. Please show once more who you are, and it goes on."</p>
            <ErrorNotice error=form.error beside_fields=true />
            <UsernameOfForm />
            <Field node=password id="confirm-password" name="password" label="Your password" kind="password" autocomplete="current-password" error=form.error />
            <CodeField node=code id="confirm-code" form />
            <p class="actions">
                <SubmitButton busy=form.busy label="Confirm" busy_label="Checking…" />
                <button type="button" class="button button-quiet" on:click=move |_| gate.give_up()>"Not now"</button>
            </p>
            <p class="hint">"No password? " <a href="/magic?stay">"Log in again with a link"</a> ": that counts too."</p>
        </form>
    }
}

/// The field for a code of the second factor: it comes when the server asks for one, and stays.
#[component]
pub fn CodeField(
    /// Where the input is kept.
    node: NodeRef<html::Input>,
    /// What it is called in the page.
    #[prop(default = "code")]
    id: &'static str,
    /// The form that it belongs to.
    form: Submission,
) -> impl IntoView {
    use crate::protocol::error::ErrorCode::{SecondFactorInvalid, SecondFactorRequired};
    let is_wanted = Memo::new(move |before: Option<&bool>| {
        let asked = form
            .error
            .get()
            .is_some_and(|error| matches!(error.code, SecondFactorRequired | SecondFactorInvalid));
        asked || before.is_some_and(|before| *before)
    });
    Effect::new(move || {
        if let Some(input) = node.get() {
            let _ = input.focus();
        }
    });
    view! {
        <Shown when=Signal::from(is_wanted)>
            <Field
                node
                id
                name="code"
                label="Code"
                autocomplete="one-time-code"
                hint="Six digits from your authenticator app, or a recovery code."
                error=form.error
            />
        </Shown>
    }
}
