//! `/login`.

use super::{
    reauthenticate::CodeField,
    redirect::{leave_when_logged_in, link_with_next, next, reason_to_log_in},
};
use crate::ui::{
    field::{Field, SubmitButton, focus_first_error, non_empty_value, value},
    live_text::LiveText,
    notice::ErrorNotice,
    submission::Submission,
    typed,
};
use handstamp_leptos::{client, server_functions};
use handstamp_protocol::{paths, types::Password};
use leptos::{ev::SubmitEvent, html, prelude::*};
use leptos_meta::Title;

/// The login page.
#[component]
pub fn LogIn() -> impl IntoView {
    let nodes: [NodeRef<html::Input>; 3] = [NodeRef::new(), NodeRef::new(), NodeRef::new()];
    let [username, password, code] = nodes;
    let form = Submission::new();
    let next = next();
    leave_when_logged_in(next);
    let reason = Signal::derive(move || reason_to_log_in(&next.get()).to_owned());
    let session = client::use_session();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        // The user may submit again while the next page is loading.
        if session.user().is_some() {
            return;
        }
        let (name, secret) = (typed::value(username), Password::new(value(password)));
        let second = non_empty_value(code);
        form.send(client::log_in(server_functions::log_in(name, secret, second)), move || {
            let fields = [(username, "username"), (code, "code"), (password, "password")];
            // The code field focuses itself when it appears.
            let has_code = code.try_get_untracked().flatten().is_some();
            focus_first_error(if has_code { &fields[..2] } else { &fields }, form.error)
        });
    };
    view! {
        <Title text="Log in" />
        <section class="card form-card">
            <h1>"Log in"</h1>
            <p class="hint login-reason"><LiveText text=reason /></p>
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
                <SubmitButton busy=form.busy label="Log in" busy_label="Logging in…" />
            </form>
            <p class="hint">
                <a href=paths::MAGIC_LINK>"Log in with an e-mail link"</a> " · " <a href=paths::FORGOT_PASSWORD>"Forgot your password?"</a>
            </p>
            <p class="hint">
                "No account yet? " <a href=link_with_next(paths::SIGN_UP, next)>"Sign up"</a>
            </p>
        </section>
    }
}
