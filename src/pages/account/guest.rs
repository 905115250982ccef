//! The form that turns a guest account into an account that stays.

use crate::{
    pages::{new_password::NewPasswordField, settings::HEADING},
    ui::{
        field::{Field, SubmitButton, focus_first_error, value},
        focus::focus,
        notice::ErrorNotice,
        reloadable::Reloadable,
        submission::Submission,
        toast::Toasts,
        typed,
    },
};
use handstamp_leptos::{client, server_functions};
use handstamp_protocol::{json_api::Account, types::Password};
use leptos::{ev::SubmitEvent, html, prelude::*};

/// Asks a guest for a username, an e-mail address and a password.
#[component]
pub fn RegisterGuest(account: Reloadable<Account>) -> impl IntoView {
    let nodes: [NodeRef<html::Input>; 3] = [NodeRef::new(), NodeRef::new(), NodeRef::new()];
    let [username, email, password] = nodes;
    let (form, toasts) = (Submission::new(), Toasts::current());
    let user_inputs = Callback::new(move |()| vec![value(username), value(email)]);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let (name, address, secret) =
            (typed::value(username), typed::value(email), value(password));
        let work = async move {
            let password = || Password::new(secret.clone());
            server_functions::register_guest(name.clone(), address.clone(), password()).await?;
            toasts.show(format!("Account created. We sent a confirmation email to {address}."));
            // The session of a guest ends within a day. If this login fails, it goes on until then.
            let login = server_functions::log_in(name, password(), None);
            if client::log_in(login).await.is_err() {
                client::refresh_now().await;
            }
            account.load();
            focus(HEADING);
            Ok(())
        };
        let fields = [(username, "username"), (email, "email"), (password, "password")];
        form.send(work, move || focus_first_error(&fields, form.error));
    };
    view! {
        <section class="card guest-card">
            <h2>"Create an account and keep your posts"</h2>
            <p>"Guest accounts are deleted after 24 hours and have no settings. Your posts and this login stay when you create an account."</p>
            <form method="post" on:submit=submit novalidate>
                <ErrorNotice error=form.error beside_fields=true />
                <Field
                    node=username
                    name="username"
                    label="Username"
                    autocomplete="username"
                    hint="3–32 characters: letters, numbers, dots, hyphens, underscores."
                    error=form.error
                />
                <Field node=email name="email" label="Email" kind="email" autocomplete="email" error=form.error />
                <NewPasswordField node=password label="Password" user_inputs error=form.error />
                <SubmitButton busy=form.busy label="Create account" busy_label="Creating…" />
            </form>
        </section>
    }
}
