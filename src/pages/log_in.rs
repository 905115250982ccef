//! `/login`.

use super::{
    already_logged_in::UnlessLoggedIn,
    code_split::login_part,
    redirect::{Visit, link_with_next, next, reason_to_log_in},
    second_step,
};
use crate::ui::{
    field::{Field, SubmitButton, are_valid, focus_first_error, value},
    live_text::LiveText,
    notice::ErrorNotice,
    show::ShowWhen,
    submission::Submission,
    typed,
    validation::{self, Check},
};
use handstamp_leptos::{client, server_functions};
use handstamp_protocol::{paths, types::Password};
use leptos::{ev::SubmitEvent, html, prelude::*};
use leptos_meta::Title;

/// The login page.
#[component]
pub fn LogIn() -> impl IntoView {
    let next = next();
    let visit = Visit::new(next);
    view! {
        <Title text="Log in" />
        <section class="card form-card">
            <UnlessLoggedIn visit next>
                <Steps visit next />
            </UnlessLoggedIn>
        </section>
    }
}

/// The form for name and password, and the second step, which keeps the form in the page but hides it.
#[component]
fn Steps(visit: Visit, next: Signal<String>) -> impl IntoView {
    let [username, password]: [NodeRef<html::Input>; 2] = [NodeRef::new(), NodeRef::new()];
    let form = Submission::new();
    let is_second_step = RwSignal::new(false);
    let reason = Signal::derive(move || reason_to_log_in(&next.get()).to_owned());
    let code = RwSignal::new(String::new());
    let send = move || {
        let (name, secret) = (typed::value(username), Password::new(value(password)));
        let second = Some(code.get_untracked()).filter(|code| !code.is_empty());
        let login = client::log_in(server_functions::log_in(name, secret, second));
        form.send(second_step::after(login), move || {
            if !second_step::follows(form, is_second_step) {
                focus_first_error(&[(username, "username"), (password, "password")], form.error);
            }
        });
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let fields = [
            (username, "username", validation::login_name as Check),
            (password, "password", validation::password),
        ];
        // The user may submit again while the next page is loading.
        if !visit.has_left() && are_valid(&fields, form.error) {
            code.set(String::new());
            send();
        }
    };
    let is_hidden: Signal<bool> = is_second_step.into();
    let send_code = Callback::new(move |()| send());
    let back = Callback::new(move |()| {
        form.reset();
        is_second_step.set(false);
        focus_first_error(&[(password, "password")], form.error);
    });
    view! {
        <div hidden=is_hidden>
            <h1>"Log in"</h1>
            <p class="hint login-reason"><LiveText text=reason /></p>
            <form method="post" on:submit=submit novalidate>
                <ErrorNotice error=form.error beside_fields=true />
                <Field
                    node=username
                    name="username"
                    label="Username or email"
                    autocomplete="username"
                    check=validation::login_name
                    autofocus=true
                    is_login_name=true
                    error=form.error
                />
                <Field
                    node=password
                    name="password"
                    label="Password"
                    kind="password"
                    autocomplete="current-password"
                    check=validation::password
                    error=form.error
                />
                <SubmitButton busy=form.busy label="Log in" busy_label="Logging in…" />
            </form>
            <p class="hint"><a href=link_with_next(paths::FORGOT_PASSWORD, next)>"Forgot your password?"</a></p>
            <p class="hint"><a href=link_with_next(paths::MAGIC_LINK, next)>"Email me a login link"</a></p>
            <p class="hint">"No account yet? " <a href=link_with_next(paths::SIGN_UP, next)>"Sign up"</a></p>
        </div>
        <ShowWhen when=is_second_step>
            {login_part(|parts| (parts.second_step)(form, code, send_code, back))}
        </ShowWhen>
    }
}
