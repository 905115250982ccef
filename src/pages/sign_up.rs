//! `/signup`.

use super::{
    new_password::NewPasswordField,
    redirect::{leave_when_logged_in, link_with_next, next},
};
use crate::ui::{
    field::{Field, SubmitButton, focus_first_error, value},
    notice::ErrorNotice,
    submission::Submission,
    typed,
};
use handstamp_leptos::{client, server_functions};
use handstamp_protocol::{paths, types::Password};
use leptos::{ev::SubmitEvent, html, prelude::*};
use leptos_meta::Title;

/// The sign-up page.
#[component]
pub fn SignUp() -> impl IntoView {
    let nodes: [NodeRef<html::Input>; 3] = [NodeRef::new(), NodeRef::new(), NodeRef::new()];
    let [username, email, password] = nodes;
    let form = Submission::new();
    let user_inputs = Callback::new(move |()| vec![value(username), value(email)]);
    let next = next();
    let has_left = leave_when_logged_in(next);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        // The user may submit again while the next page is loading.
        if has_left.get_untracked() {
            return;
        }
        let (name, address, secret) =
            (typed::value(username), typed::value(email), Password::new(value(password)));
        let fields = [(username, "username"), (email, "email"), (password, "password")];
        form.send(client::log_in(server_functions::sign_up(name, address, secret)), move || {
            focus_first_error(&fields, form.error)
        });
    };
    view! {
        <Title text="Sign up" />
        <section class="card form-card">
            <h1>"Sign up"</h1>
            <form method="post" on:submit=submit novalidate>
                <ErrorNotice error=form.error beside_fields=true />
                <Field
                    node=username
                    name="username"
                    label="User name"
                    autocomplete="username"
                    hint="3 to 32 letters, digits, dots, hyphens or underscores."
                    error=form.error
                />
                <Field node=email name="email" label="E-mail" kind="email" autocomplete="email" error=form.error />
                <NewPasswordField node=password label="Password" user_inputs error=form.error />
                <SubmitButton busy=form.busy label="Sign up" busy_label="Signing up…" />
            </form>
            <p class="hint">
                "Have an account? " <a href=link_with_next(paths::LOG_IN, next)>"Log in"</a>
            </p>
        </section>
    }
}
