//! The password.

use super::flag;
use crate::{
    pages::{new_password::NewPasswordField, redirect::with_stay},
    ui::{
        field::{Field, SubmitButton, clear, focus_first_error, non_empty_value, value},
        notice::ErrorNotice,
        reauth_gate::ReauthGate,
        reloadable::Reloadable,
        show::ShowWhen,
        submission::Submission,
        toast::Toasts,
        username::UsernameOfForm,
    },
};
use handstamp_leptos::client::api::put;
use handstamp_protocol::{
    json_api::{Account, NewPassword},
    paths,
    types::Password,
};
use leptos::{ev::SubmitEvent, html, prelude::*};

/// Changes the password, or sets one if the account has none.
#[component]
pub fn PasswordSettings(account: Reloadable<Account>, gate: ReauthGate) -> impl IntoView {
    let nodes: [NodeRef<html::Input>; 3] = [NodeRef::new(), NodeRef::new(), NodeRef::new()];
    let [current, password, keep] = nodes;
    let (form, toasts) = (Submission::new(), Toasts::current());
    let strength = RwSignal::new(None);
    let has_password = flag(account, |account| account.has_password);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let (before, after) = (non_empty_value(current), value(password));
        let keep_others = keep.get_untracked().is_some_and(|input| input.checked());
        gate.run(
            form,
            move || {
                let change = NewPassword {
                    current: before.clone().map(Password::new),
                    password: Password::new(after.clone()),
                    keep_others,
                };
                async move {
                    put::<()>("/api/account/password", &change).await?;
                    clear(current);
                    clear(password);
                    let _ = strength.try_set(None);
                    toasts.show(if keep_others {
                        "Password saved. Your other devices stay logged in."
                    } else {
                        "Password saved. Other devices were logged out."
                    });
                    account.load();
                    Ok(())
                }
            },
            move || focus_first_error(&[(current, "current"), (password, "password")], form.error),
        );
    };
    view! {
        <section class="card settings-card">
            <h2>"Password"</h2>
            <form method="post" on:submit=submit novalidate>
                <ErrorNotice error=form.error beside_fields=true />
                <UsernameOfForm />
                <ShowWhen when=has_password>
                    <Field
                        node=current
                        name="current"
                        label="Current password"
                        kind="password"
                        autocomplete="current-password"
                        error=form.error
                    />
                </ShowWhen>
                <NewPasswordField node=password user_inputs=name_and_email(account) strength error=form.error />
                <p><label class="checkbox"><input type="checkbox" name="keep" node_ref=keep /> "Keep my other devices logged in"</label></p>
                <p class="hint">"Otherwise they are logged out."</p>
                <SaveButton account busy=form.busy />
            </form>
            <ShowWhen when=has_password>
                <p class="hint"><a href=with_stay(paths::FORGOT_PASSWORD)>"Forgot your password?"</a></p>
            </ShowWhen>
        </section>
    }
}

#[component]
fn SaveButton(account: Reloadable<Account>, busy: RwSignal<bool>) -> impl IntoView {
    view! {
        <ShowWhen when=flag(account, |account| account.has_password)>
            <SubmitButton busy label="Change password" busy_label="Saving…" />
        </ShowWhen>
        <ShowWhen when=flag(account, |account| !account.has_password)>
            <SubmitButton busy label="Set a password" busy_label="Saving…" />
        </ShowWhen>
    }
}

fn name_and_email(account: Reloadable<Account>) -> Callback<(), Vec<String>> {
    Callback::new(move |()| {
        let account = account.value.get_untracked();
        account.map(|account| vec![account.username, account.email]).unwrap_or_default()
    })
}
