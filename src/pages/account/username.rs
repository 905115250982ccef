//! The user name.

use crate::ui::{
    field::{Field, SubmitButton, clear, focus_first_error},
    notice::ErrorNotice,
    reauth_gate::ReauthGate,
    reloadable::Reloadable,
    submission::Submission,
    typed,
};
use handstamp_leptos::client::{self, api::put};
use handstamp_protocol::json_api::{Account, NewUsername};
use leptos::{ev::SubmitEvent, html, prelude::*};

/// Shows and changes the user name.
#[component]
pub fn UsernameSettings(account: Reloadable<Account>, gate: ReauthGate) -> impl IntoView {
    let name = NodeRef::<html::Input>::new();
    let form = Submission::new();
    let current =
        Signal::derive(move || account.value.get().map(|it| it.username).unwrap_or_default());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let typed = typed::value(name);
        gate.run(
            form,
            move || {
                let new = NewUsername { username: typed.clone() };
                async move {
                    put::<()>("/api/account/username", &new).await?;
                    clear(name);
                    account.load();
                    // The refreshed tokens bring the name to every tab.
                    client::refresh_now().await;
                    Ok(())
                }
            },
            move || focus_first_error(&[(name, "username")], form.error),
        );
    };
    view! {
        <section class="card">
            <h2>"User name"</h2>
            <p>"Your user name is " <strong dir="auto" translate="no">{current}</strong> ". Everyone can see it."</p>
            <form method="post" on:submit=submit novalidate>
                <ErrorNotice error=form.error beside_fields=true />
                <Field
                    node=name
                    name="username"
                    label="New name"
                    autocomplete="username"
                    hint="3 to 32 letters, digits, dots, hyphens or underscores."
                    error=form.error
                />
                <SubmitButton busy=form.busy label="Change the name" busy_label="Changing…" />
            </form>
        </section>
    }
}
