//! The setup of two-step login.

use super::{flag, recovery_codes::NEW_CODES};
use crate::ui::{
    clipboard,
    field::{Field, SubmitButton, focus_first_error, value},
    focus::focus,
    live_text::LiveText,
    notice::ErrorNotice,
    reauth_gate::ReauthGate,
    reloadable::Reloadable,
    show::ShowWhen,
    submission::Submission,
    username::UsernameOfForm,
};
use handstamp_leptos::client::api::{post, put};
use handstamp_protocol::{
    json_api::{Account, PreparedSecondFactor, Proof, RecoveryCodes, SecondFactorCode},
    types::Password,
};
use leptos::{ev::SubmitEvent, html, prelude::*};

/// Sets up two-step login: generates a secret, and verifies a code of the app.
#[component]
pub fn SetUp(
    account: Reloadable<Account>,
    gate: ReauthGate,
    codes: RwSignal<Vec<String>>,
) -> impl IntoView {
    let prepared = RwSignal::new(None::<PreparedSecondFactor>);
    let password = NodeRef::<html::Input>::new();
    // The user types the password once, and both steps send it.
    let typed_password = StoredValue::new(String::new());
    let form = Submission::new();
    let is_prepared = Signal::derive(move || prepared.get().is_some());
    let is_idle = Signal::derive(move || prepared.get().is_none());
    let prepare = move |event: SubmitEvent| {
        event.prevent_default();
        typed_password.set_value(value(password));
        let work = move || {
            let proof = Proof { password: non_empty(typed_password), code: None };
            async move {
                prepared.set(Some(post("/api/account/second_factor", &proof).await?));
                focus("second-factor-code");
                Ok(())
            }
        };
        gate.run(form, work, move || focus_first_error(&[(password, "password")], form.error));
    };
    view! {
        <ShowWhen when=is_idle>
            <form method="post" on:submit=prepare novalidate>
                <ErrorNotice error=form.error />
                <PasswordField account node=password form />
                <SubmitButton busy=form.busy label="Set up" busy_label="Preparing…" />
            </form>
        </ShowWhen>
        <ShowWhen when=is_prepared>
            <Secret prepared />
            <Verify account gate codes typed_password />
        </ShowWhen>
    }
}

fn non_empty(password: StoredValue<String>) -> Option<Password> {
    password.try_get_value().filter(|text| !text.is_empty()).map(Password::new)
}

#[component]
fn Secret(prepared: RwSignal<Option<PreparedSecondFactor>>) -> impl IntoView {
    let read = move |part: fn(PreparedSecondFactor) -> String| {
        Signal::derive(move || prepared.get().map(part).unwrap_or_default())
    };
    let status = RwSignal::new(String::new());
    let copy = move |_| {
        let key = prepared.get_untracked().map(|it| it.key).unwrap_or_default();
        clipboard::copy(key, status);
    };
    // QR codes need a quiet zone of four modules.
    let view_box = read(|it| format!("-4 -4 {0} {0}", it.qr.width + 8));
    view! {
        <p>"Scan this with your authenticator app:"</p>
        <svg class="qr" viewBox=view_box role="img" aria-label="QR code for the authenticator app">
            <path d=read(|it| it.qr.path) />
        </svg>
        <p>"Can't scan? Enter this key:"</p>
        <p class="key-row">
            <code class="key" translate="no">{read(|it| grouped(&it.key))}</code>
            <button type="button" class="button button-quiet button-small" on:click=copy>"Copy"</button>
            <span class="hint" role="status"><LiveText text=status /></span>
        </p>
        <p><a href=read(|it| it.address) rel="external">"Open your authenticator app"</a></p>
    }
}

/// Returns a key in groups of four letters.
fn grouped(key: &str) -> String {
    let letters: Vec<char> = key.chars().collect();
    letters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join(" ")
}

#[component]
fn Verify(
    account: Reloadable<Account>,
    gate: ReauthGate,
    codes: RwSignal<Vec<String>>,
    typed_password: StoredValue<String>,
) -> impl IntoView {
    let code = NodeRef::<html::Input>::new();
    let form = Submission::new();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let typed_code = value(code);
        gate.run(
            form,
            move || {
                let proof = SecondFactorCode {
                    code: typed_code.clone(),
                    password: non_empty(typed_password),
                };
                async move {
                    let new: RecoveryCodes = put("/api/account/second_factor", &proof).await?;
                    codes.set(new.recovery_codes);
                    focus(NEW_CODES);
                    let _ = typed_password.try_update_value(String::clear);
                    account.load();
                    Ok(())
                }
            },
            move || focus_first_error(&[(code, "code")], form.error),
        );
    };
    view! {
        <form method="post" on:submit=submit novalidate>
            <ErrorNotice error=form.error beside_fields=true />
            <Field node=code name="code" label="6-digit code" id="second-factor-code" autocomplete="one-time-code" inputmode="numeric" error=form.error />
            <SubmitButton busy=form.busy label="Turn on" busy_label="Checking…" />
        </form>
    }
}

/// The field for the password, if the account has one.
#[component]
fn PasswordField(
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
