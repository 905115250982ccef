//! `/signup`.

use super::{
    log_in::{leave_when_signed_in, value, with_next},
    return_to::next,
};
use crate::{
    auth::{api, client, types::Password},
    error::AppError,
    ui::{
        field::{Field, SubmitButton, focus_first_error},
        notice::ErrorNotice,
    },
};
use leptos::{ev::SubmitEvent, html, prelude::*, task::spawn_local};
use leptos_meta::Title;

/// The sign-up page.
#[component]
pub fn SignUp() -> impl IntoView {
    let nodes: [NodeRef<html::Input>; 3] = [NodeRef::new(), NodeRef::new(), NodeRef::new()];
    let [username, email, password] = nodes;
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<AppError>);
    let next = next();
    leave_when_signed_in(next);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        error.set(None);
        let (name, address, secret) =
            (value(username), value(email), Password::new(value(password)));
        spawn_local(async move {
            match api::sign_up(name, address, secret).await {
                Ok(tokens) => client::begin(tokens),
                Err(failed) => {
                    error.set(Some(failed));
                    focus_first_error(&nodes, &["username", "email", "password"], error);
                }
            }
            busy.set(false);
        });
    };
    view! {
        <Title text="Sign up" />
        <section class="card form-card">
            <h1>"Sign up"</h1>
            <form method="post" on:submit=submit novalidate>
                <ErrorNotice error beside_fields=true />
                <Field node=username name="username" label="User name" autocomplete="username" hint="3 to 32 letters, digits, dots, hyphens or underscores." error />
                <Field node=email name="email" label="E-mail" kind="email" autocomplete="email" error />
                <Field node=password name="password" label="Password" kind="password" autocomplete="new-password" hint="8 characters or more. Any characters; a phrase is best." error />
                <SubmitButton busy label="Sign up" busy_label="Stamping…" />
            </form>
            <p class="hint">"Have an account? " <a href=move || with_next("/login", &next.get())>"Log in"</a></p>
        </section>
    }
}
