//! The e-mail address.

use super::flag;
use crate::ui::{
    field::{Field, SubmitButton, clear, focus_first_error, non_empty_value},
    live_text::LiveText,
    notice::{DoneNotice, ErrorNotice},
    reauth_gate::ReauthGate,
    reloadable::Reloadable,
    show::ShowWhen,
    submission::Submission,
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
    let form = Submission::new();
    let is_sent = RwSignal::new(false);
    let has_password = flag(account, |account| account.has_password);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        is_sent.set(false);
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
                    clear(password);
                    let _ = is_sent.try_set(true);
                    Ok(())
                }
            },
            move || focus_first_error(&[(email, "email"), (password, "password")], form.error),
        );
    };
    view! {
        <section class="card">
            <h2>"E-mail"</h2>
            <CurrentEmail account is_sent />
            <form method="post" on:submit=submit novalidate>
                <ErrorNotice error=form.error beside_fields=true />
                <Field node=email name="email" label="New address" kind="email" autocomplete="email" error=form.error />
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
                <SubmitButton busy=form.busy label="Change the address" busy_label="Sending…" />
            </form>
            <DoneNotice when=is_sent>"A link is on its way. Nothing changes before you open it."</DoneNotice>
        </section>
    }
}

/// The current address. If it is not confirmed, a button sends the link again.
#[component]
fn CurrentEmail(account: Reloadable<Account>, is_sent: RwSignal<bool>) -> impl IntoView {
    let resend = Submission::new();
    let address = Signal::derive(move || {
        account.value.get().map(|account| account.email).unwrap_or_default()
    });
    let is_unconfirmed = flag(account, |account| !account.email_confirmed);
    let state = Signal::derive(move || {
        if is_unconfirmed.get() { "Not confirmed yet." } else { "Confirmed." }.to_owned()
    });
    let send_again = move |_| {
        is_sent.set(false);
        let sending = async move {
            post::<()>("/api/account/email/confirmation", &()).await?;
            let _ = is_sent.try_set(true);
            Ok(())
        };
        resend.send(sending, || ());
    };
    view! {
        <p><strong><bdi translate="no">{address}</bdi></strong> " " <LiveText text=state /></p>
        <ShowWhen when=is_unconfirmed>
            <p><button type="button" class="link" on:click=send_again>"Send the link again"</button></p>
        </ShowWhen>
        <ErrorNotice error=resend.error />
    }
}
