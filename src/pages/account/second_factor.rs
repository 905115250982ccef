//! Two-step login (TOTP), with its recovery codes.

use super::{flag, new_recovery_codes::NewRecoveryCodes, second_factor_setup::SetUp};
use crate::ui::{
    field::{Field, SubmitButton, clear, focus_first_error, non_empty_value},
    live_text::LiveText,
    notice::ErrorNotice,
    reauth_gate::ReauthGate,
    reloadable::Reloadable,
    show::ShowWhen,
    submission::Submission,
    username::UsernameOfForm,
};
use handstamp_leptos::client::api::{delete_with, post};
use handstamp_protocol::{
    json_api::{Account, Proof, RecoveryCodes},
    types::Password,
};
use leptos::{ev::SubmitEvent, html, prelude::*};

/// The section of the account page on two-step login.
#[component]
pub fn SecondFactorSettings(account: Reloadable<Account>, gate: ReauthGate) -> impl IntoView {
    let codes = RwSignal::new(Vec::<String>::new());
    let is_on = flag(account, |account| account.second_factor);
    let is_off = Signal::derive(move || !is_on.get());
    let has_codes = Signal::derive(move || !codes.get().is_empty());
    view! {
        <section class="card">
            <h2>"Two-step login"</h2>
            <ShowWhen when=has_codes>
                <NewRecoveryCodes codes />
            </ShowWhen>
            <ShowWhen when=is_on>
                <SwitchedOn account gate codes />
            </ShowWhen>
            <ShowWhen when=is_off>
                <SetUp account gate codes />
            </ShowWhen>
        </section>
    }
}

/// Generates new recovery codes, or switches two-step login off.
#[component]
fn SwitchedOn(
    account: Reloadable<Account>,
    gate: ReauthGate,
    codes: RwSignal<Vec<String>>,
) -> impl IntoView {
    let (password, code) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let form = Submission::new();
    let busy = form.busy;
    let state = Signal::derive(move || {
        let left = account.value.get().map_or(0, |account| account.recovery_codes_left);
        format!("It is on. {left} recovery codes are left.")
    });
    let failed = move || focus_first_error(&[(password, "password"), (code, "code")], form.error);
    let renew_codes = move |event: SubmitEvent| {
        event.prevent_default();
        let typed = typed_proof(password, code);
        let work = move || {
            let proof = proof(&typed);
            async move {
                let new: RecoveryCodes = post("/api/account/recovery_codes", &proof).await?;
                codes.set(new.recovery_codes);
                clear(password);
                clear(code);
                account.load();
                Ok(())
            }
        };
        gate.run(form, work, failed);
    };
    let switch_off = move |_| {
        let typed = typed_proof(password, code);
        let work = move || {
            let proof = proof(&typed);
            async move {
                delete_with("/api/account/second_factor", &proof).await?;
                codes.set(Vec::new());
                account.load();
                Ok(())
            }
        };
        gate.run(form, work, failed);
    };
    view! {
        <p><LiveText text=state /></p>
        <form method="post" on:submit=renew_codes novalidate>
            <ErrorNotice error=form.error beside_fields=true />
            <PasswordField account node=password form />
            <Field
                node=code
                id="factor-code"
                name="code"
                label="A code from the app, or a recovery code"
                autocomplete="one-time-code"
                error=form.error
            />
            <p class="actions">
                <SubmitButton busy=form.busy label="Make new recovery codes" busy_label="Checking…" />
                <button type="button" class="button button-danger" disabled=busy on:click=switch_off>"Switch it off"</button>
            </p>
        </form>
    }
}

/// Returns the password and the code that the user has typed, `None` for an empty or missing field.
fn typed_proof(password: NodeRef<html::Input>, code: NodeRef<html::Input>) -> [Option<String>; 2] {
    [password, code].map(non_empty_value)
}

fn proof([password, code]: &[Option<String>; 2]) -> Proof {
    Proof { password: password.clone().map(Password::new), code: code.clone() }
}

/// The field for the password, if the account has one.
#[component]
pub fn PasswordField(
    account: Reloadable<Account>,
    node: NodeRef<html::Input>,
    form: Submission,
) -> impl IntoView {
    let has_password = flag(account, |account| account.has_password);
    view! {
        <ShowWhen when=has_password>
            <UsernameOfForm />
            <Field
                node
                id="factor-password"
                name="password"
                label="Password for two-step login"
                kind="password"
                autocomplete="current-password"
                hint="The password of this account."
                error=form.error
            />
        </ShowWhen>
    }
}
