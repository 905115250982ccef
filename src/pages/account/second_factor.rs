//! Two-step login: switched on with an authenticator app, and off again.

use crate::{
    api::types::{Account, PreparedSecondFactor, Proof, RecoveryCodes, SecondFactorCode},
    auth::{
        client::api::{delete_with, post, put},
        types::Password,
    },
    ui::{
        field::{Field, SubmitButton, focus_first_error, value},
        live_text::LiveText,
        notice::ErrorNotice,
        reauth_gate::Gate,
        reloadable::Loaded,
        show::Shown,
        submission::Submission,
        username::UsernameOfForm,
    },
};
use leptos::{ev::SubmitEvent, html, prelude::*};

/// The part of the account page on two-step login.
#[component]
pub fn SecondFactor(account: Loaded<Account>, gate: Gate) -> impl IntoView {
    let codes = RwSignal::new(Vec::<String>::new());
    let is_on =
        Signal::derive(move || account.value.get().is_some_and(|account| account.second_factor));
    let is_off = Signal::derive(move || !is_on.get());
    let has_codes = Signal::derive(move || !codes.get().is_empty());
    view! {
        <section class="card">
            <h2>"Two-step login"</h2>
            <Shown when=has_codes>
                <Codes codes />
            </Shown>
            <Shown when=is_on>
                <SwitchedOn account gate codes />
            </Shown>
            <Shown when=is_off>
                <SetUp account gate codes />
            </Shown>
        </section>
    }
}

/// The recovery codes, for as long as the page shows them.
#[component]
fn Codes(codes: RwSignal<Vec<String>>) -> impl IntoView {
    view! {
        <div class="notice" role="status">
            <p>"Keep these recovery codes in a safe place. Each logs you in once without the app, and they are shown only now."</p>
            <ul class="codes" aria-label="Recovery codes">
                <For each=move || codes.get() key=String::clone let:code>
                    <li><code>{code}</code></li>
                </For>
            </ul>
            <button type="button" class="button button-small" on:click=move |_| codes.set(Vec::new())>"I have kept them"</button>
        </div>
    }
}

#[component]
fn SwitchedOn(account: Loaded<Account>, gate: Gate, codes: RwSignal<Vec<String>>) -> impl IntoView {
    let (password, code) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let form = Submission::new();
    let busy = form.busy;
    let left = Signal::derive(move || {
        let left = account.value.get().map_or(0, |account| account.recovery_codes_left);
        format!("It is on. {left} recovery codes are left.")
    });
    let failed = move || focus_first_error(&[(password, "password"), (code, "code")], form.error);
    let empty = move || {
        for input in [password, code].map(|node| node.try_get_untracked().flatten()) {
            input.inspect(|input| input.set_value(""));
        }
    };
    let renew = move |event: SubmitEvent| {
        event.prevent_default();
        let typed = typed_proof(password, code);
        let work = move || {
            let proof = proof(&typed);
            async move {
                let made: RecoveryCodes = post("/api/account/recovery_codes", &proof).await?;
                codes.set(made.recovery_codes);
                empty();
                account.load();
                Ok(())
            }
        };
        gate.pass(form, work, failed);
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
        gate.pass(form, work, failed);
    };
    view! {
        <p><LiveText text=left /></p>
        <form method="post" on:submit=renew novalidate>
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

/// The field for the password, if the account has one.
#[component]
fn PasswordField(
    account: Loaded<Account>,
    node: NodeRef<html::Input>,
    form: Submission,
) -> impl IntoView {
    let has_password =
        Signal::derive(move || account.value.get().is_some_and(|account| account.has_password));
    view! {
        <Shown when=has_password>
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
        </Shown>
    }
}

/// The password and the code as they were typed; nothing for an empty field. An account with a password shows the
/// field, and an account without one has none.
fn typed_proof(password: NodeRef<html::Input>, code: NodeRef<html::Input>) -> [Option<String>; 2] {
    [password, code].map(|node| Some(value(node)).filter(|text| !text.is_empty()))
}

fn proof([password, code]: &[Option<String>; 2]) -> Proof {
    Proof { password: password.clone().map(Password::new), code: code.clone() }
}

#[component]
fn SetUp(account: Loaded<Account>, gate: Gate, codes: RwSignal<Vec<String>>) -> impl IntoView {
    let prepared = RwSignal::new(None::<PreparedSecondFactor>);
    let password = NodeRef::<html::Input>::new();
    // Asked for once, and sent with both steps.
    let typed = StoredValue::new(String::new());
    let form = Submission::new();
    let is_begun = Signal::derive(move || prepared.get().is_some());
    let is_at_rest = Signal::derive(move || prepared.get().is_none());
    let begin = move |event: SubmitEvent| {
        event.prevent_default();
        typed.set_value(value(password));
        let work = move || {
            let proof = Proof { password: given(typed), code: None };
            async move {
                prepared.set(Some(post("/api/account/second_factor", &proof).await?));
                Ok(())
            }
        };
        gate.pass(form, work, move || focus_first_error(&[(password, "password")], form.error));
    };
    view! {
        <p>"Besides your password, a login then wants a code from an app on your phone. A stolen password alone is not enough then."</p>
        <Shown when=is_at_rest>
            <form method="post" on:submit=begin novalidate>
                <ErrorNotice error=form.error />
                <PasswordField account node=password form />
                <SubmitButton busy=form.busy label="Set it up" busy_label="Preparing…" />
            </form>
        </Shown>
        <Shown when=is_begun>
            <ShowSecret prepared />
            <Verify account gate codes typed />
        </Shown>
    }
}

/// The password that was typed, if there is one.
fn given(typed: StoredValue<String>) -> Option<Password> {
    typed.try_get_value().filter(|text| !text.is_empty()).map(Password::new)
}

#[component]
fn ShowSecret(prepared: RwSignal<Option<PreparedSecondFactor>>) -> impl IntoView {
    let read = move |part: fn(PreparedSecondFactor) -> String| {
        Signal::derive(move || prepared.get().map(part).unwrap_or_default())
    };
    // Four squares of quiet around it, as readers want.
    let frame = read(|it| format!("-4 -4 {0} {0}", it.qr.width + 8));
    view! {
        <p>"Scan this with your authenticator app:"</p>
        <svg class="qr" viewBox=frame role="img" aria-label="QR code for the authenticator app">
            <path d=read(|it| it.qr.path) />
        </svg>
        <p>"Or type the key: " <code class="key">{read(|it| it.key)}</code> " or " <a href=read(|it| it.address) rel="external">"open it in the app"</a> "."</p>
    }
}

#[component]
fn Verify(
    account: Loaded<Account>,
    gate: Gate,
    codes: RwSignal<Vec<String>>,
    /// The password as it was typed.
    typed: StoredValue<String>,
) -> impl IntoView {
    let code = NodeRef::<html::Input>::new();
    let form = Submission::new();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let typed_code = value(code);
        gate.pass(
            form,
            move || {
                let shown = SecondFactorCode { code: typed_code.clone(), password: given(typed) };
                async move {
                    let made: RecoveryCodes = put("/api/account/second_factor", &shown).await?;
                    codes.set(made.recovery_codes);
                    let _ = typed.try_update_value(String::clear);
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
            <Field node=code name="code" label="The code that the app shows now" autocomplete="one-time-code" inputmode="numeric" error=form.error />
            <SubmitButton busy=form.busy label="Switch it on" busy_label="Checking…" />
        </form>
    }
}
