//! `/account`: address, password, two-step login, and the end of it all.

use super::{
    new_password::NewPasswordField, reauthenticate::ConfirmFirst, require_login::SignedInOnly,
    second_factor::SecondFactor,
};
use crate::{
    api::types::{Account as Details, NewEmail, NewPassword, NewUsername},
    auth::{
        client::{
            self,
            api::{delete, get, post, put},
            state::SignedOutReason,
        },
        types::Password,
    },
    error::EndReason,
    ui::{
        field::{Field, SubmitButton, focus_first_error, value},
        live_text::LiveText,
        notice::{DoneNotice, ErrorNotice, LoadState},
        reauth_gate::Gate,
        reloadable::Loaded,
        show::Shown,
        submission::Submission,
        typed,
        username::UsernameOfForm,
    },
};
use leptos::{ev::SubmitEvent, html, prelude::*};
use leptos_meta::Title;

/// The account page.
#[component]
pub fn Account() -> impl IntoView {
    view! {
        <Title text="Account" />
        <SignedInOnly>
            <h1>"Your account"</h1>
            <Settings />
        </SignedInOnly>
    }
}

#[component]
fn Settings() -> impl IntoView {
    let account = Loaded::here(|| get::<Details>("/api/account"));
    let gate = Gate::new();
    let is = move |read: fn(&Details) -> bool| {
        Signal::derive(move || account.value.with(|account| account.as_ref().is_some_and(read)))
    };
    let (is_guest, is_member) = (is(|account| account.guest), is(|account| !account.guest));
    view! {
        <ConfirmFirst gate />
        <LoadState is_loading=account.is_loading() error=account.error again=account.again() />
        <Shown when=is_guest>
            <section class="card">
                <h2>"A guest account"</h2>
                <p>"It is gone after a day, and has no settings. " <a href="/signup?stay">"Sign up"</a> " for one that stays."</p>
            </section>
        </Shown>
        <Shown when=is_member>
            <NameSettings account gate />
            <div class="split">
                <EmailSettings account gate />
                <PasswordSettings account gate />
            </div>
            <SecondFactor account gate />
        </Shown>
        <DeleteAccount gate />
    }
}

#[component]
fn NameSettings(account: Loaded<Details>, gate: Gate) -> impl IntoView {
    let name = NodeRef::<html::Input>::new();
    let form = Submission::new();
    let known =
        Signal::derive(move || account.value.get().map(|it| it.username).unwrap_or_default());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let typed = typed::value(name);
        gate.pass(
            form,
            move || {
                let new = NewUsername { username: typed.clone() };
                async move {
                    put::<()>("/api/account/username", &new).await?;
                    name.try_get_untracked().flatten().inspect(|input| input.set_value(""));
                    account.load();
                    // The name comes with the tokens, to every tab.
                    client::refresh_now().await;
                    Ok(())
                }
            },
            move || focus_first_error(&[(name, "username")], form.error),
        );
    };
    view! {
        <section class="card">
            <h2>"User name"</h2>
            <p>"You are called " <strong dir="auto" translate="no">{known}</strong> ", and everybody sees it."</p>
            <form method="post" on:submit=submit novalidate>
                <ErrorNotice error=form.error beside_fields=true />
                <Field
                    node=name
                    name="username"
                    label="New name"
                    autocomplete="username"
                    hint="3 to 32 letters, digits, dots, hyphens or underscores."
                    error=form.error
                />
                <SubmitButton busy=form.busy label="Change the name" busy_label="Changing…" />
            </form>
        </section>
    }
}

#[component]
fn EmailSettings(account: Loaded<Details>, gate: Gate) -> impl IntoView {
    let (email, password) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let (form, again) = (Submission::new(), Submission::new());
    let is_sent = RwSignal::new(false);
    let address = Signal::derive(move || {
        account.value.get().map(|account| account.email).unwrap_or_default()
    });
    let is_open =
        Signal::derive(move || account.value.get().is_some_and(|account| !account.email_confirmed));
    let has_password =
        Signal::derive(move || account.value.get().is_some_and(|account| account.has_password));
    let state = Signal::derive(move || {
        if is_open.get() { "Not confirmed yet." } else { "Confirmed." }.to_owned()
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        is_sent.set(false);
        let (address, secret) = (typed::value(email), value(password));
        gate.pass(
            form,
            move || {
                let secret = Some(secret.clone()).filter(|text| !text.is_empty());
                let new = NewEmail { email: address.clone(), password: secret.map(Password::new) };
                async move {
                    put::<()>("/api/account/email", &new).await?;
                    password.try_get_untracked().flatten().inspect(|input| input.set_value(""));
                    let _ = is_sent.try_set(true);
                    Ok(())
                }
            },
            move || focus_first_error(&[(email, "email"), (password, "password")], form.error),
        );
    };
    let send_again = move |_| {
        is_sent.set(false);
        let sending = async move {
            post::<()>("/api/account/email/confirmation", &()).await?;
            let _ = is_sent.try_set(true);
            Ok(())
        };
        again.send(sending, || ());
    };
    view! {
        <section class="card">
            <h2>"E-mail"</h2>
            <p><strong><bdi translate="no">{address}</bdi></strong> " " <LiveText text=state /></p>
            <Shown when=is_open>
                <p><button type="button" class="link" on:click=send_again>"Send the link again"</button></p>
            </Shown>
            <ErrorNotice error=again.error />
            <form method="post" on:submit=submit novalidate>
                <ErrorNotice error=form.error beside_fields=true />
                <Field node=email name="email" label="New address" kind="email" autocomplete="email" error=form.error />
                <Shown when=has_password>
                    <UsernameOfForm />
                    <Field
                        node=password
                        id="email-password"
                        name="password"
                        label="Your password"
                        kind="password"
                        autocomplete="current-password"
                        error=form.error
                    />
                </Shown>
                <SubmitButton busy=form.busy label="Change the address" busy_label="Sending…" />
            </form>
            <DoneNotice when=is_sent>"A link is on its way. Nothing changes before you open it."</DoneNotice>
        </section>
    }
}

#[component]
fn PasswordSettings(account: Loaded<Details>, gate: Gate) -> impl IntoView {
    let nodes: [NodeRef<html::Input>; 3] = [NodeRef::new(), NodeRef::new(), NodeRef::new()];
    let [current, password, keep] = nodes;
    let form = Submission::new();
    let is_done = RwSignal::new(false);
    let strength = RwSignal::new(None);
    let own = Callback::new(move |()| {
        let account = account.value.get_untracked();
        account.map(|account| vec![account.username, account.email]).unwrap_or_default()
    });
    let has_password =
        Signal::derive(move || account.value.get().is_some_and(|account| account.has_password));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        is_done.set(false);
        let (before, after) = (value(current), value(password));
        let keep_others = keep.get_untracked().is_some_and(|input| input.checked());
        gate.pass(
            form,
            move || {
                let change = NewPassword {
                    current: Some(before.clone())
                        .filter(|text| !text.is_empty())
                        .map(Password::new),
                    password: Password::new(after.clone()),
                    keep_others,
                };
                async move {
                    put::<()>("/api/account/password", &change).await?;
                    for input in [current, password].map(|node| node.try_get_untracked().flatten())
                    {
                        input.inspect(|input| input.set_value(""));
                    }
                    let _ = strength.try_set(None);
                    let _ = is_done.try_set(true);
                    account.load();
                    Ok(())
                }
            },
            move || focus_first_error(&[(current, "current"), (password, "password")], form.error),
        );
    };
    view! {
        <section class="card">
            <h2>"Password"</h2>
            <form method="post" on:submit=submit novalidate>
                <ErrorNotice error=form.error beside_fields=true />
                <UsernameOfForm />
                <Shown when=has_password>
                    <Field
                        node=current
                        name="current"
                        label="Password so far"
                        kind="password"
                        autocomplete="current-password"
                        error=form.error
                    />
                </Shown>
                <NewPasswordField node=password own strength error=form.error />
                <p><label class="check"><input type="checkbox" name="keep" node_ref=keep /> "Stay logged in on other devices"</label></p>
                <SubmitButton busy=form.busy label="Change the password" busy_label="Changing…" />
            </form>
            <DoneNotice when=is_done>"Your password is changed."</DoneNotice>
            <Shown when=has_password>
                <p class="hint"><a href="/forgot?stay">"Forgot your password?"</a></p>
            </Shown>
        </section>
    }
}

#[component]
fn DeleteAccount(gate: Gate) -> impl IntoView {
    let form = Submission::new();
    let is_asked = RwSignal::new(false);
    let is_quiet = Signal::derive(move || !is_asked.get());
    let busy = form.busy;
    let keep = move |_| {
        gate.give_up();
        is_asked.set(false);
    };
    let remove = move |_| {
        gate.pass(
            form,
            || async {
                delete("/api/account").await?;
                client::discard_session(SignedOutReason::Revoked(Some(EndReason::AccountDeleted)));
                Ok(())
            },
            || (),
        );
    };
    view! {
        <section class="card card-quiet">
            <h2>"Delete the account"</h2>
            <p>"With everything that belongs to it: posts, sessions, events. Nobody can bring it back."</p>
            <ErrorNotice error=form.error />
            <Shown when=is_quiet>
                <button type="button" class="button button-danger" on:click=move |_| is_asked.set(true)>"Delete the account"</button>
            </Shown>
            <Shown when=is_asked>
                <p class="actions">
                    <button type="button" class="button button-danger" disabled=busy on:click=remove>"Delete it for good"</button>
                    <button type="button" class="button button-quiet" on:click=keep>"Keep it"</button>
                </p>
            </Shown>
        </section>
    }
}
