//! `/undo/{token}`: switches off two-step login.

use super::{link_token, refresh_after_revocation};
use crate::ui::{
    field::SubmitButton,
    notice::{DoneNotice, ErrorNotice},
    show::ShowWhen,
    submission::Submission,
};
use handstamp_leptos::{client, server_functions};
use handstamp_protocol::paths;
use leptos::{ev::SubmitEvent, prelude::*};
use leptos_meta::Title;

/// Switches off a second factor that an attacker has switched on, and ends all sessions.
#[component]
pub fn EmailLinkUndo() -> impl IntoView {
    let session = client::use_session();
    let form = Submission::new();
    let is_done = RwSignal::new(false);
    let is_open = Signal::derive(move || !is_done.get());
    let token = link_token();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let is_logged_in = session.user().is_some();
        let undoing = server_functions::end_second_factor(token.run(()));
        let work = async move {
            undoing.await?;
            let _ = is_done.try_set(true);
            refresh_after_revocation(is_logged_in).await;
            Ok(())
        };
        form.send(work, || ());
    };
    view! {
        <Title text="Two-step login" />
        <section class="card form-card">
            <h1>"Was it not you?"</h1>
            <ShowWhen when=is_open>
                <form method="post" on:submit=submit novalidate>
                    <p>"Two-step login was switched on in your account. If it was not you, switch it off. This also ends all sessions."</p>
                    <ErrorNotice error=form.error />
                    <SubmitButton busy=form.busy label="Switch it off and end all sessions" busy_label="Switching off…" />
                </form>
            </ShowWhen>
            <DoneNotice when=is_done>
                "Two-step login is off, and all sessions have ended. " <a href=paths::FORGOT_PASSWORD>"Choose a new password"</a> " now."
            </DoneNotice>
        </section>
    }
}
