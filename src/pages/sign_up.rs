//! `/signup`.

use super::{
    already_logged_in::UnlessLoggedIn,
    new_password::NewPasswordField,
    redirect::{Visit, link_with_next, next},
    welcome::Welcome,
};
use crate::ui::{
    field::{Field, SubmitButton, are_valid, focus_first_error, value},
    notice::ErrorNotice,
    show::ShowWhen,
    submission::Submission,
    typed,
    validation::{self, Check},
};
use handstamp_leptos::{client, server_functions};
use handstamp_protocol::{error::EMAIL_TAKEN, paths, types::Password};
use leptos::{ev::SubmitEvent, html, prelude::*};
use leptos_meta::Title;

/// The sign-up page.
#[component]
pub fn SignUp() -> impl IntoView {
    let next = next();
    let visit = Visit::new(next);
    let is_done = RwSignal::new(false);
    let is_open = Signal::derive(move || !is_done.get());
    let session = client::use_session();
    Effect::new(move || {
        // The new user has logged out in another tab.
        if session.user().is_none() && is_done.get_untracked() {
            is_done.set(false);
            visit.stay_no_longer();
        }
    });
    view! {
        <Title text="Sign up" />
        <section class="card form-card">
            <ShowWhen when=is_open>
                <UnlessLoggedIn visit next>
                    <SignUpForm visit next is_done />
                </UnlessLoggedIn>
            </ShowWhen>
            <ShowWhen when=is_done>
                <Welcome next />
            </ShowWhen>
        </section>
    }
}

#[component]
fn SignUpForm(visit: Visit, next: Signal<String>, is_done: RwSignal<bool>) -> impl IntoView {
    let nodes: [NodeRef<html::Input>; 3] = [NodeRef::new(), NodeRef::new(), NodeRef::new()];
    let [username, email, password] = nodes;
    let form = Submission::new();
    let user_inputs = Callback::new(move |()| vec![value(username), value(email)]);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let fields = [
            (username, "username", validation::username as Check),
            (email, "email", validation::email),
            (password, "password", validation::new_password),
        ];
        // The user may submit again while the next page is loading.
        if visit.has_left() || !are_valid(&fields, form.error) {
            return;
        }
        let (name, address, secret) =
            (typed::value(username), typed::value(email), Password::new(value(password)));
        let signing_up = client::log_in(server_functions::sign_up(name, address, secret));
        let work = async move {
            visit.stay();
            let outcome = signing_up.await;
            match &outcome {
                Ok(()) => drop(is_done.try_set(true)),
                Err(_) => visit.stay_no_longer(),
            }
            outcome
        };
        form.send(work, move || {
            focus_first_error(&fields.map(|(node, name, _)| (node, name)), form.error)
        });
    };
    let is_taken = Signal::derive(move || {
        form.error.get().and_then(|error| error.message_of("email")).as_deref() == Some(EMAIL_TAKEN)
    });
    view! {
        <h1>"Sign up"</h1>
        <form method="post" on:submit=submit novalidate>
            <ErrorNotice error=form.error beside_fields=true />
            <Field
                node=username
                name="username"
                label="Username"
                autocomplete="username"
                hint="3–32 characters: letters, numbers, dots, hyphens, underscores."
                check=validation::username
                autofocus=true
                error=form.error
            />
            <Field
                node=email
                name="email"
                label="Email"
                kind="email"
                autocomplete="email"
                check=validation::email
                is_login_name=true
                error=form.error
            />
            <ShowWhen when=is_taken>
                <p class="field-action"><a href=link_with_next(paths::LOG_IN, next)>"Log in instead"</a></p>
            </ShowWhen>
            <NewPasswordField node=password label="Password" user_inputs error=form.error />
            <SubmitButton busy=form.busy label="Sign up" busy_label="Signing up…" />
        </form>
        <p class="hint">"Already have an account? " <a href=link_with_next(paths::LOG_IN, next)>"Log in"</a></p>
    }
}
