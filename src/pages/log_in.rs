//! `/login`.

use super::{
    reauthenticate::CodeField,
    redirect::{leave_when_signed_in, link_with_next, next},
};
use crate::{
    auth::{api, client, types::Password},
    ui::{
        field::{Field, SubmitButton, focus_first_error, value},
        notice::ErrorNotice,
        submission::Submission,
        typed,
    },
};
use leptos::{ev::SubmitEvent, html, prelude::*};
use leptos_meta::Title;

/// The login page.
#[component]
pub fn LogIn() -> impl IntoView {
    let nodes: [NodeRef<html::Input>; 3] = [NodeRef::new(), NodeRef::new(), NodeRef::new()];
    let [username, password, code] = nodes;
    let form = Submission::new();
    let next = next();
    leave_when_signed_in(next);
    let session = client::use_session();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        // Pressed once more while the page after this one is fetched.
        if session.user().is_some() {
            return;
        }
        let (name, secret) = (typed::value(username), Password::new(value(password)));
        let second = Some(value(code)).filter(|code| !code.is_empty());
        form.send(client::log_in(api::log_in(name, secret, second)), move || {
            let fields = [(username, "username"), (code, "code"), (password, "password")];
            // Where a code is asked for, its field takes the focus by itself.
            let has_code = code.try_get_untracked().flatten().is_some();
            focus_first_error(if has_code { &fields[..2] } else { &fields }, form.error)
        });
    };
    view! {
        <Title text="Log in" />
        <section class="card form-card">
            <h1>"Log in"</h1>
            <form method="post" on:submit=submit novalidate>
                <ErrorNotice error=form.error beside_fields=true />
                <Field node=username name="username" label="User name or e-mail" autocomplete="username" error=form.error />
                <Field
                    node=password
                    name="password"
                    label="Password"
                    kind="password"
                    autocomplete="current-password"
                    error=form.error
                />
                <CodeField node=code form />
                <SubmitButton busy=form.busy label="Log in" busy_label="Checking…" />
            </form>
            <p class="hint">
                <a href="/magic">"Log in with a link by mail"</a> " · " <a href="/forgot">"Forgot your password?"</a>
            </p>
            <p class="hint">
                "No account yet? " <a href=link_with_next("/signup", next)>"Sign up"</a>
            </p>
        </section>
    }
}
