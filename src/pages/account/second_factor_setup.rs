//! The setup of two-step login.

use super::second_factor::PasswordField;
use crate::ui::{
    clipboard::copy,
    field::{Field, SubmitButton, are_valid, focus_first_error, value},
    live_text::LiveText,
    notice::ErrorNotice,
    reauth_gate::ReauthGate,
    reloadable::Reloadable,
    show::ShowWhen,
    submission::Submission,
    validation,
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
                Ok(())
            }
        };
        gate.run(form, work, move || focus_first_error(&[(password, "password")], form.error));
    };
    view! {
        <p>"A login then requires a code from an app on your phone, besides your password. A stolen password alone is not enough."</p>
        <ShowWhen when=is_idle>
            <form method="post" on:submit=prepare novalidate>
                <ErrorNotice error=form.error />
                <PasswordField account node=password form />
                <SubmitButton busy=form.busy label="Set it up" busy_label="Preparing…" />
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
    let key = read(|it| it.key);
    let status = RwSignal::new(String::new());
    // QR codes need a quiet zone of four modules.
    let view_box = read(|it| format!("-4 -4 {0} {0}", it.qr.width + 8));
    view! {
        <p>"Scan this with your authenticator app:"</p>
        <svg class="qr" viewBox=view_box role="img" aria-label="QR code for the authenticator app">
            <path d=read(|it| it.qr.path) />
        </svg>
        <p>"Can't scan? Enter this key in the app:"</p>
        <p class="key-line">
            <code class="key" translate="no">{read(|it| in_groups(&it.key))}</code>
            <button type="button" class="button button-quiet button-small" on:click=move |_| copy(key.get_untracked(), status)>"Copy key"</button>
        </p>
        <p class="hint"><LiveText text=status /></p>
        <p><a href=read(|it| it.address) rel="external">"Open your authenticator app"</a></p>
    }
}

/// Returns a key in groups of four characters, which are easier to type.
fn in_groups(key: &str) -> String {
    let letters: Vec<char> = key.chars().filter(|c| !c.is_whitespace()).collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join(" ")
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
        if !are_valid(&[(code, "code", validation::app_code)], form.error) {
            return;
        }
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
            <Field
                node=code
                name="code"
                label="6-digit code"
                autocomplete="one-time-code"
                inputmode="numeric"
                check=validation::app_code
                autofocus=true
                error=form.error
            />
            <SubmitButton busy=form.busy label="Switch it on" busy_label="Checking…" />
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_shown_in_groups_of_four() {
        assert_eq!(in_groups("ABCDEFGHIJ"), "ABCD EFGH IJ");
        assert_eq!(in_groups("ABCD EFGH"), "ABCD EFGH");
        assert_eq!(in_groups(""), "");
    }
}
