//! Two-step login (TOTP), with its recovery codes.

use super::{
    email::ResendConfirmation,
    flag,
    recovery_codes::{NewRecoveryCodes, RenewRecoveryCodes},
    second_factor_setup::SetUp,
};
use crate::{
    pages::settings::HEADING,
    ui::{
        dialog::{ConfirmDialog, DialogState},
        field::{Field, focus_first_error, non_empty_value},
        focus::focus,
        reauth_gate::ReauthGate,
        reloadable::Reloadable,
        show::ShowWhen,
        toast::Toasts,
        username::UsernameOfForm,
    },
};
use handstamp_leptos::client::api::delete_with;
use handstamp_protocol::{
    json_api::{Account, Proof},
    types::Password,
};
use leptos::{html, prelude::*};

/// The section of the settings on two-step login.
#[component]
pub fn SecondFactorSettings(account: Reloadable<Account>, gate: ReauthGate) -> impl IntoView {
    let codes = RwSignal::new(Vec::<String>::new());
    let is_on = flag(account, |account| account.second_factor);
    let is_off = Signal::derive(move || !is_on.get());
    let has_codes = Signal::derive(move || !codes.get().is_empty());
    let can_set_up = flag(account, |account| account.email_confirmed && !account.second_factor);
    let is_unconfirmed =
        flag(account, |account| !account.email_confirmed && !account.second_factor);
    view! {
        <section class="card settings-card">
            <h2>"Two-step login"</h2>
            <ShowWhen when=has_codes>
                <NewRecoveryCodes codes />
            </ShowWhen>
            <ShowWhen when=is_on>
                <p><span class="badge badge-good">"On"</span></p>
                <RenewRecoveryCodes account gate codes />
                <TurnOff account gate codes />
            </ShowWhen>
            <ShowWhen when=is_off>
                <p>"Adds a code from an app on your phone to every login, so a stolen password isn't enough."</p>
            </ShowWhen>
            <ShowWhen when=is_unconfirmed>
                <p>"Confirm your email before turning this on."</p>
                <ResendConfirmation account />
            </ShowWhen>
            <ShowWhen when=can_set_up>
                <SetUp account gate codes />
            </ShowWhen>
        </section>
    }
}

/// The button that turns two-step login off after a question.
#[component]
fn TurnOff(
    account: Reloadable<Account>,
    gate: ReauthGate,
    codes: RwSignal<Vec<String>>,
) -> impl IntoView {
    let (dialog, toasts) = (DialogState::new(), Toasts::current());
    let proof = ProofFields::new(dialog);
    let turn_off = Callback::new(move |()| {
        let typed = proof.read();
        let work = move || {
            let proof = typed.proof();
            async move {
                delete_with("/api/account/second_factor", &proof).await?;
                dialog.close();
                toasts.show("Two-step login is off.");
                codes.set(Vec::new());
                account.load();
                focus(HEADING);
                Ok(())
            }
        };
        gate.run(dialog.submission, work, move || proof.focus_error());
    });
    view! {
        <p><button type="button" class="button button-danger" on:click=move |_| dialog.open()>"Turn off"</button></p>
        <ConfirmDialog
            state=dialog
            id="turn-off-title"
            title=Signal::stored("Turn off two-step login?".to_owned())
            confirm=Signal::stored("Turn off".to_owned())
            has_fields=true
            on_confirm=turn_off
        >
            <ShowWhen when=dialog.is_open>
                <p>"Your password alone is then enough to log in. Your recovery codes stop working."</p>
                {proof.view(["turn-off-password", "turn-off-code"], flag(account, |account| account.has_password))}
            </ShowWhen>
        </ConfirmDialog>
    }
}

/// The fields of a dialog for the password and a code.
#[derive(Debug, Clone, Copy)]
pub struct ProofFields {
    password: NodeRef<html::Input>,
    code: NodeRef<html::Input>,
    dialog: DialogState,
}

/// What the user has typed, `None` for an empty or missing field.
pub struct TypedProof {
    password: Option<String>,
    code: Option<String>,
}

impl TypedProof {
    /// Returns the proof of a request.
    pub fn proof(&self) -> Proof {
        Proof { password: self.password.clone().map(Password::new), code: self.code.clone() }
    }
}

impl ProofFields {
    pub fn new(dialog: DialogState) -> Self {
        Self { password: NodeRef::new(), code: NodeRef::new(), dialog }
    }

    /// Reads the fields.
    pub fn read(self) -> TypedProof {
        TypedProof { password: non_empty_value(self.password), code: non_empty_value(self.code) }
    }

    /// Moves the focus to the first field that has an error.
    pub fn focus_error(self) {
        let fields = [(self.password, "password"), (self.code, "code")];
        focus_first_error(&fields, self.dialog.submission.error);
    }

    /// Returns the fields with these ids.
    pub fn view(
        self,
        [password_id, code_id]: [&'static str; 2],
        has_password: Signal<bool>,
    ) -> AnyView {
        let Self { password, code, dialog } = self;
        let error = dialog.submission.error;
        view! {
            <ShowWhen when=has_password>
                <UsernameOfForm />
                <Field
                    node=password
                    id=password_id
                    name="password"
                    label="Password"
                    kind="password"
                    autocomplete="current-password"
                    error
                />
            </ShowWhen>
            <Field
                node=code
                id=code_id
                name="code"
                label="Authentication code"
                autocomplete="one-time-code"
                hint="From your authenticator app, or a recovery code."
                error
            />
        }
        .into_any()
    }
}
