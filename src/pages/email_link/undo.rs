//! `/undo/{token}`: switches off two-step login.

use super::{
    arrival::{Arrival, UsableLink},
    link_token, refresh_after_revocation,
};
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
    let (arrival, token) = (Arrival::new(paths::END_SECOND_FACTOR), link_token());
    let name = arrival.username();
    let is_known = Signal::derive(move || !name.get().is_empty());
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
        form.send(work, move || arrival.refuse_if_final(form.error));
    };
    view! {
        <Title text="Two-step login" />
        <section class="card form-card">
            <ShowWhen when=is_open>
                <UsableLink arrival next_step=(paths::ACCOUNT, "Check your account")>
                    <h1>"Wasn't this you?"</h1>
                    <form method="post" on:submit=submit novalidate>
                        <p>"Two-step login was turned on in your account. If it wasn't you, turn it off. This also logs you out everywhere."</p>
                        <ShowWhen when=is_known>
                            <p>"Account: " <strong><bdi translate="no">{name}</bdi></strong></p>
                        </ShowWhen>
                        <ErrorNotice error=form.error />
                        <SubmitButton busy=form.busy label="Turn it off and log out everywhere" busy_label="Turning off…" />
                    </form>
                </UsableLink>
            </ShowWhen>
            <ShowWhen when=is_done><h1>"Your account is yours again"</h1></ShowWhen>
            <DoneNotice when=is_done takes_focus=true>
                "Two-step login is off, and you're logged out everywhere. " <a href=paths::FORGOT_PASSWORD>"Choose a new password now"</a>
            </DoneNotice>
        </section>
    }
}
