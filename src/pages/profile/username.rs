//! The username.

use crate::{
    pages::reauthenticate::ReauthPrompt,
    ui::{
        field::{Field, SubmitButton, focus_first_error},
        notice::ErrorNotice,
        reauth_gate::ReauthGate,
        reloadable::Reloadable,
        submission::Submission,
        toast::Toasts,
        typed,
    },
};
use handstamp_leptos::client::{self, api::put};
use handstamp_protocol::json_api::{NewUsername, Profile};
use leptos::{ev::SubmitEvent, html, prelude::*};

/// Shows and changes the username.
#[component]
pub fn UsernameSettings(profile: Reloadable<Profile>) -> impl IntoView {
    let name = NodeRef::<html::Input>::new();
    let (form, gate, toasts) = (Submission::new(), ReauthGate::new(), Toasts::current());
    let current = Memo::new(move |_| profile.value.get().map(|it| it.username).unwrap_or_default());
    Effect::new(move || {
        if let Some(input) = name.get() {
            input.set_value(&current.get());
        }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let typed = typed::value(name);
        gate.run(
            form,
            move || {
                let new = NewUsername { username: typed.clone() };
                async move {
                    put::<()>("/api/account/username", &new).await?;
                    toasts.show("Username saved.");
                    profile.load();
                    // The refreshed tokens bring the name to every tab.
                    client::refresh_now().await;
                    Ok(())
                }
            },
            move || focus_first_error(&[(name, "username")], form.error),
        );
    };
    view! {
        <section class="card settings-card">
            <h2>"Username"</h2>
            <form method="post" on:submit=submit novalidate>
                <ErrorNotice error=form.error beside_fields=true />
                <Field
                    node=name
                    name="username"
                    label="Username"
                    autocomplete="username"
                    hint="Your username is public. 3–32 characters: letters, numbers, dots, hyphens, underscores."
                    error=form.error
                />
                <SubmitButton busy=form.busy label="Save username" busy_label="Saving…" />
            </form>
            <ReauthPrompt gate />
        </section>
    }
}
