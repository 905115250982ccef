//! The e-mail address.

use super::{flag, pending_email::PendingEmail};
use crate::ui::{
    field::{Field, SubmitButton, clear, focus_first_error, non_empty_value},
    notice::ErrorNotice,
    reauth_gate::ReauthGate,
    reloadable::Reloadable,
    show::ShowWhen,
    submission::Submission,
    toast::Toasts,
    typed,
    username::UsernameOfForm,
};
use handstamp_leptos::client::api::{post, put};
use handstamp_protocol::{
    json_api::{Account, NewEmail},
    types::Password,
};
use leptos::{ev::SubmitEvent, html, prelude::*};

/// Shows, confirms and changes the address.
#[component]
pub fn EmailSettings(account: Reloadable<Account>, gate: ReauthGate) -> impl IntoView {
    let (email, password) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let (form, toasts) = (Submission::new(), Toasts::current());
    let has_password = flag(account, |account| account.has_password);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let (address, secret) = (typed::value(email), non_empty_value(password));
        gate.run(
            form,
            move || {
                let new = NewEmail {
                    email: address.clone(),
                    password: secret.clone().map(Password::new),
                };
                async move {
                    put::<()>("/api/account/email", &new).await?;
                    let to = &new.email;
                    toasts.show(format!(
                        "We sent a link to {to}. Your email changes once you open it."
                    ));
                    clear(email);
                    clear(password);
                    account.load();
                    Ok(())
                }
            },
            move || focus_first_error(&[(email, "email"), (password, "password")], form.error),
        );
    };
    view! {
        <section class="card settings-card">
            <h2>"Email"</h2>
            <CurrentEmail account />
            <PendingEmail account />
            <form method="post" on:submit=submit novalidate>
                <ErrorNotice error=form.error beside_fields=true />
                <Field node=email name="email" label="New email" kind="email" autocomplete="email" error=form.error />
                <ShowWhen when=has_password>
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
                </ShowWhen>
                <SubmitButton busy=form.busy label="Change email" busy_label="Sending…" />
            </form>
        </section>
    }
}

/// The current address, and whether it is confirmed.
#[component]
fn CurrentEmail(account: Reloadable<Account>) -> impl IntoView {
    let address = Signal::derive(move || {
        account.value.get().map(|account| account.email).unwrap_or_default()
    });
    view! {
        <p class="current-email">
            <strong><bdi translate="no">{address}</bdi></strong>
            <ShowWhen when=flag(account, |account| account.email_confirmed)>
                <span class="badge badge-good">"Confirmed"</span>
            </ShowWhen>
            <ShowWhen when=flag(account, |account| !account.email_confirmed)>
                <span class="badge badge-warning">"Unconfirmed"</span>
            </ShowWhen>
        </p>
        <ShowWhen when=flag(account, |account| !account.email_confirmed)>
            <ResendConfirmation account />
        </ShowWhen>
    }
}

/// The button that sends the link again that confirms the current address.
#[component]
pub fn ResendConfirmation(account: Reloadable<Account>) -> impl IntoView {
    let (resend, toasts) = (Submission::new(), Toasts::current());
    let send_again = move |_| {
        let email = account.value.get_untracked().map(|account| account.email).unwrap_or_default();
        let sending = async move {
            post::<()>("/api/account/email/confirmation", &()).await?;
            toasts.show(format!("We sent another confirmation email to {email}."));
            Ok(())
        };
        resend.send(sending, || ());
    };
    view! {
        <p><button type="button" class="link" on:click=send_again>"Resend confirmation email"</button></p>
        <ErrorNotice error=resend.error />
    }
}
