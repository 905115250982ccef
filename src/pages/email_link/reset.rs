//! `/reset/{token}`: sets a new password.

use super::{
    arrival::{Arrival, UsableLink},
    link_token, refresh_after_revocation,
};
use crate::{
    pages::{
        new_password::NewPasswordField,
        redirect::{link_with_next, take_stored_next},
    },
    ui::{
        field::{SubmitButton, are_valid, focus_first_error, value},
        notice::{DoneNotice, ErrorNotice},
        show::ShowWhen,
        submission::Submission,
        username::UsernameOfForm,
        validation,
    },
};
use handstamp_leptos::{client, server_functions};
use handstamp_protocol::{paths, types::Password};
use leptos::{ev::SubmitEvent, html, prelude::*};
use leptos_meta::Title;

/// Sets a new password, which ends all sessions.
#[component]
pub fn EmailLinkReset() -> impl IntoView {
    let is_done = RwSignal::new(false);
    let is_open = Signal::derive(move || !is_done.get());
    let arrival = Arrival::new(paths::RESET_PASSWORD);
    let next = RwSignal::new(paths::HOME.to_owned());
    Effect::new(move || {
        if is_done.get() {
            next.set(take_stored_next());
        }
    });
    view! {
        <Title text="New password" />
        <section class="card form-card">
            <ShowWhen when=is_open>
                <UsableLink arrival next_step=(paths::FORGOT_PASSWORD, "Request a new link")>
                    <ResetForm arrival is_done />
                </UsableLink>
            </ShowWhen>
            <ShowWhen when=is_done><h1>"You're all set"</h1></ShowWhen>
            <DoneNotice when=is_done takes_focus=true>
                "Password changed. " <a href=link_with_next(paths::LOG_IN, next.into())>"Log in"</a>
            </DoneNotice>
        </section>
    }
}

#[component]
fn ResetForm(arrival: Arrival, is_done: RwSignal<bool>) -> impl IntoView {
    let session = client::use_session();
    let password = NodeRef::<html::Input>::new();
    let form = Submission::new();
    let token = link_token();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if !are_valid(&[(password, "password", validation::new_password)], form.error) {
            return;
        }
        let is_logged_in = session.user().is_some();
        let resetting =
            server_functions::reset_password(token.run(()), Password::new(value(password)));
        let work = async move {
            resetting.await?;
            let _ = is_done.try_set(true);
            refresh_after_revocation(is_logged_in).await;
            Ok(())
        };
        form.send(work, move || {
            arrival.refuse_if_final(form.error);
            focus_first_error(&[(password, "password")], form.error);
        });
    };
    let (name, email) = (arrival.username(), arrival.email());
    let own_words = Callback::new(move |()| vec![name.get_untracked(), email.get_untracked()]);
    let is_known = Signal::derive(move || !name.get().is_empty());
    view! {
        <h1>"Choose a new password"</h1>
        <ShowWhen when=is_known>
            <p>"This changes the password of " <strong><bdi translate="no">{name}</bdi></strong> "."</p>
        </ShowWhen>
        <form method="post" on:submit=submit novalidate>
            <p>"You'll be logged out everywhere. Then log in with your new password."</p>
            <ErrorNotice error=form.error beside_fields=true />
            <UsernameOfForm name />
            <NewPasswordField node=password user_inputs=own_words autofocus=true error=form.error />
            <SubmitButton busy=form.busy label="Change password" busy_label="Changing…" />
        </form>
    }
}
