//! `/login`.

use super::return_to::next;
use crate::{
    auth::{
        api,
        client::{self, use_session},
        types::Password,
    },
    error::AppError,
    ui::{
        field::{Field, SubmitButton, focus, focus_first_error},
        notice::ErrorNotice,
    },
};
use leptos::{ev::SubmitEvent, html, prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::{NavigateOptions, hooks::use_navigate};

/// The login page.
#[component]
pub fn LogIn() -> impl IntoView {
    let (username, password) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
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
        let (name, secret) = (value(username), Password::new(value(password)));
        spawn_local(async move {
            match api::log_in(name, secret).await {
                Ok(tokens) => client::begin(tokens),
                Err(failed) => {
                    error.set(Some(failed));
                    focus_first_error(&[username, password], &["username", "password"], error);
                    focus(password);
                }
            }
            busy.set(false);
        });
    };
    view! {
        <Title text="Log in" />
        <section class="card form-card">
            <h1>"Log in"</h1>
            <form method="post" on:submit=submit novalidate>
                <ErrorNotice error beside_fields=true />
                <Field node=username name="username" label="User name or e-mail" autocomplete="username" error />
                <Field node=password name="password" label="Password" kind="password" autocomplete="current-password" error />
                <SubmitButton busy label="Log in" busy_label="Checking…" />
            </form>
            <p class="hint">"No account yet? " <a href=move || with_next("/signup", &next.get())>"Sign up"</a></p>
        </section>
    }
}

/// Goes on to `next` as soon as somebody is logged in, by this form or already.
pub(super) fn leave_when_signed_in(next: Memo<String>) {
    let session = use_session();
    let navigate = use_navigate();
    Effect::new(move || {
        if session.with(|session| session.user.is_some()) {
            let instead = NavigateOptions { replace: true, ..NavigateOptions::default() };
            navigate(&next.get_untracked(), instead);
        }
    });
}

/// What stands in an input field.
pub(super) fn value(node: NodeRef<html::Input>) -> String {
    node.get_untracked().map(|input| input.value()).unwrap_or_default()
}

/// A page that goes on to where this one would.
pub(super) fn with_next(page: &str, next: &str) -> String {
    if next == "/" { page.to_owned() } else { format!("{page}?next={next}") }
}
