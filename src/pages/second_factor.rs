//! Two-step login: switched on with an authenticator app, and off again.

use crate::{
    api::types::{Account, PreparedSecondFactor, RecoveryCodes, SecondFactorCode},
    auth::client::api::{delete, post, put},
    ui::{
        field::{Field, SubmitButton, focus_first_error, value},
        gate::Gate,
        loaded::Loaded,
        notice::ErrorNotice,
        shown::Shown,
        submission::Submission,
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
            <button class="button button-small" on:click=move |_| codes.set(Vec::new())>"I have kept them"</button>
        </div>
    }
}

#[component]
fn SwitchedOn(account: Loaded<Account>, gate: Gate, codes: RwSignal<Vec<String>>) -> impl IntoView {
    let form = Submission::new();
    let busy = form.busy;
    let left = Signal::derive(move || {
        let left = account.value.get().map_or(0, |account| account.recovery_codes_left);
        format!("It is on. {left} recovery codes are left.")
    });
    let renew = move |_| {
        gate.pass(
            form,
            move || async move {
                let made: RecoveryCodes = post("/api/account/recovery_codes", &()).await?;
                codes.set(made.recovery_codes);
                account.load();
                Ok(())
            },
            || (),
        );
    };
    let switch_off = move |_| {
        gate.pass(
            form,
            move || async move {
                delete("/api/account/second_factor").await?;
                codes.set(Vec::new());
                account.load();
                Ok(())
            },
            || (),
        );
    };
    view! {
        <p>{left}</p>
        <ErrorNotice error=form.error />
        <p class="actions">
            <button class="button button-quiet" disabled=busy on:click=renew>"Make new recovery codes"</button>
            <button class="button button-danger" disabled=busy on:click=switch_off>"Switch it off"</button>
        </p>
    }
}

#[component]
fn SetUp(account: Loaded<Account>, gate: Gate, codes: RwSignal<Vec<String>>) -> impl IntoView {
    let prepared = RwSignal::new(None::<PreparedSecondFactor>);
    let form = Submission::new();
    let busy = form.busy;
    let is_begun = Signal::derive(move || prepared.get().is_some());
    let is_at_rest = Signal::derive(move || prepared.get().is_none());
    let begin = move |_| {
        gate.pass(
            form,
            move || async move {
                prepared.set(Some(post("/api/account/second_factor", &()).await?));
                Ok(())
            },
            || (),
        );
    };
    view! {
        <p>"Besides your password, a login then wants a code from an app on your phone. Who steals the password alone gets nowhere."</p>
        <ErrorNotice error=form.error />
        <Shown when=is_at_rest>
            <button class="button button-quiet" disabled=busy on:click=begin>"Set it up"</button>
        </Shown>
        <Shown when=is_begun>
            <ShowSecret prepared />
            <Verify account gate codes />
        </Shown>
    }
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
fn Verify(account: Loaded<Account>, gate: Gate, codes: RwSignal<Vec<String>>) -> impl IntoView {
    let code = NodeRef::<html::Input>::new();
    let form = Submission::new();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let typed = value(code);
        gate.pass(
            form,
            move || {
                let shown = SecondFactorCode { code: typed.clone() };
                async move {
                    let made: RecoveryCodes = put("/api/account/second_factor", &shown).await?;
                    codes.set(made.recovery_codes);
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
