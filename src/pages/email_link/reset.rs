//! `/reset/{token}`: sets a new password.

use super::{link_token, refresh_after_revocation};
use crate::{
    pages::new_password::NewPasswordField,
    ui::{
        field::{SubmitButton, focus_first_error, value},
        notice::{DoneNotice, ErrorNotice},
        show::ShowWhen,
        submission::Submission,
        username::UsernameOfForm,
    },
};
use handstamp_leptos::{client, server_functions};
use handstamp_protocol::{paths, types::Password};
use leptos::{ev::SubmitEvent, html, prelude::*};
use leptos_meta::Title;

/// Sets a new password, which ends all sessions.
#[component]
pub fn EmailLinkReset() -> impl IntoView {
    let session = client::use_session();
    let password = NodeRef::<html::Input>::new();
    let form = Submission::new();
    let is_done = RwSignal::new(false);
    let is_open = Signal::derive(move || !is_done.get());
    let token = link_token();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let is_logged_in = session.user().is_some();
        let resetting =
            server_functions::reset_password(token.run(()), Password::new(value(password)));
        let work = async move {
            resetting.await?;
            let _ = is_done.try_set(true);
            refresh_after_revocation(is_logged_in).await;
            Ok(())
        };
        form.send(work, move || focus_first_error(&[(password, "password")], form.error));
    };
    view! {
        <Title text="New password" />
        <section class="card form-card">
            <h1>"Choose a new password"</h1>
            <ShowWhen when=is_open>
                <form method="post" on:submit=submit novalidate>
                    <p>"This ends all your sessions. Log in with the new password then."</p>
                    <ErrorNotice error=form.error beside_fields=true />
                    <UsernameOfForm />
                    <NewPasswordField node=password error=form.error />
                    <SubmitButton busy=form.busy label="Set the password" busy_label="Setting…" />
                </form>
                <p class="hint"><a href=paths::FORGOT_PASSWORD>"Request a new link"</a></p>
            </ShowWhen>
            <DoneNotice when=is_done>"Your new password is set. " <a href=paths::LOG_IN>"Log in"</a></DoneNotice>
        </section>
    }
}
